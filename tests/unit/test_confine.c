/* What a confined program cannot do any more, each tried in a child of its own. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/confine.h"

static char place[] = "/tmp/relaydoctor-confine-XXXXXX";

/* 0: it worked, else errno. */
static int another_program(void)
{
	char *const argv[] = { (char *)(uintptr_t)"/bin/true", NULL };

	execve("/bin/true", argv, NULL);
	return errno;
}

static int family(int af)
{
	int fd = socket(af, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? errno : close(fd);
}

static int internet(void) { return family(AF_INET); }
static int internet6(void) { return family(AF_INET6); }
static int netlink(void) { return family(AF_NETLINK); }
static int packets(void) { return family(AF_PACKET); }
static int unix_socket(void) { return family(AF_UNIX); }
static int namespace(void) { return unshare(CLONE_NEWUSER) ? errno : 0; }
static int look_into(void) { return ptrace(PTRACE_TRACEME, 0, NULL, NULL) ? errno : 0; }
static int mounting(void) { return mount("x", "/mnt", "tmpfs", 0, NULL) ? errno : 0; }

static int clone_namespace(void)
{
	long pid = syscall(__NR_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : 0;
}

static int third_clone(void)
{
	return syscall(__NR_clone3, NULL, 0) < 0 ? errno : 0;
}

static void *nothing(void *p) { return p; }

static int thread(void)
{
	pthread_t id;
	int rc = pthread_create(&id, NULL, nothing, NULL);

	return rc ? rc : pthread_join(id, NULL);
}

static int opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	return fd < 0 ? errno : close(fd);
}

static int inside(const char *name, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", place, name);
	return opens(path, flags);
}

static int own_file(void) { return inside("new", O_WRONLY | O_CREAT); }
static int strange_file(void) { return opens("/var/tmp/relaydoctor-confine", O_WRONLY | O_CREAT); }
static int accounts(void) { return opens("/etc/passwd", O_RDONLY); }
static int write_settings(void) { return opens("/etc/passwd", O_WRONLY); }
static int home(void) { return opens("/root", O_RDONLY | O_DIRECTORY); }

/* What the child told: what, or -SIGNAL. */
static int tried(const struct confinement *c, int (*what)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		const struct rlimit no_core = { 0, 0 };

		setrlimit(RLIMIT_CORE, &no_core);
		confine(c);
		_exit(what());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static const struct confinement front = { .writable = place };
static const struct confinement scan = { .writable = place, .internet = true };
static const struct confinement front_dies = { .writable = place, .kills = true };

static void what_is_forbidden_fails(void **state)
{
	int (*const all[])(void) = {
		another_program, internet, internet6, netlink, packets, namespace,
		clone_namespace, look_into, mounting,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		assert_int_equal(tried(&front, all[i]), EPERM);
		assert_int_equal(tried(&front_dies, all[i]), -SIGSYS);
	}
}

static void what_is_needed_works(void **state)
{
	(void)state;
	assert_int_equal(tried(&front_dies, unix_socket), 0);
	assert_int_equal(tried(&front_dies, thread), 0);
	assert_int_equal(tried(&front_dies, third_clone), ENOSYS);
}

static void a_scan_may_use_the_network(void **state)
{
	(void)state;
	assert_int_equal(tried(&scan, internet), 0);
	assert_int_equal(tried(&scan, internet6), 0);
	assert_int_equal(tried(&scan, netlink), 0);
	assert_int_equal(tried(&scan, packets), EPERM);
	assert_int_equal(tried(&scan, another_program), EPERM);
}

/* Degrading alone: a kernel without landlock is no fault of ours. */
static bool has_landlock(void)
{
	return syscall(444 /* landlock_create_ruleset */, NULL, 0, 1) > 0;
}

static void files_outside_are_out_of_reach(void **state)
{
	const struct confinement reader = { .writable = NULL };
	int denied = has_landlock() ? EACCES : 0;

	(void)state;
	assert_int_equal(tried(&front, own_file), 0);
	assert_int_equal(tried(&front, accounts), 0);
	assert_int_equal(tried(&front, strange_file), denied);
	assert_int_equal(tried(&front, home), denied);
	assert_int_equal(tried(&reader, own_file), denied);
	if (geteuid() == 0)
		assert_int_equal(tried(&front, write_settings), denied);
	unlink("/var/tmp/relaydoctor-confine");
}

static int make_place(void **state)
{
	(void)state;
	return mkdtemp(place) ? 0 : -1;
}

static int remove_place(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/new", place);
	unlink(path);
	return rmdir(place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_forbidden_fails),
		cmocka_unit_test(what_is_needed_works),
		cmocka_unit_test(a_scan_may_use_the_network),
		cmocka_unit_test(files_outside_are_out_of_reach),
	};

	return cmocka_run_group_tests(tests, make_place, remove_place);
}
