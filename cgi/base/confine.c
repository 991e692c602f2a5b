#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif

#include "base/confine.h"
#include "base/log.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

static void missing(const char *what)
{
	log_line(LOG_LINE_WARNING, "this kernel has no %s for us: %s", what, strerror(errno));
}

/* ---- system calls ------------------------------------------------------- */

#ifdef ARCH

static const uint32_t forbidden[] = {
	/* another program */
	__NR_execve, __NR_execveat,
	/* other processes */
	__NR_ptrace, __NR_process_vm_readv, __NR_process_vm_writev, __NR_kcmp,
#ifdef __NR_pidfd_getfd
	__NR_pidfd_getfd,
#endif
	/* mounts and namespaces */
	__NR_mount, __NR_umount2, __NR_pivot_root, __NR_chroot, __NR_unshare, __NR_setns,
#ifdef __NR_fsopen
	__NR_fsopen, __NR_fsconfig, __NR_fsmount, __NR_fspick, __NR_move_mount, __NR_open_tree,
#endif
	/* the kernel, its keys, its clock */
	__NR_init_module, __NR_finit_module, __NR_delete_module, __NR_kexec_load, __NR_reboot,
	__NR_swapon, __NR_swapoff, __NR_acct, __NR_quotactl, __NR_syslog, __NR_settimeofday,
	__NR_clock_settime, __NR_adjtimex, __NR_clock_adjtime, __NR_sethostname,
	__NR_setdomainname, __NR_add_key, __NR_request_key, __NR_keyctl, __NR_personality,
	/* large parts of it that nothing here needs */
	__NR_bpf, __NR_perf_event_open, __NR_userfaultfd, __NR_fanotify_init,
#ifdef __NR_io_uring_setup
	__NR_io_uring_setup, __NR_io_uring_enter, __NR_io_uring_register,
#endif
#ifdef __NR_iopl
	__NR_iopl, __NR_ioperm,
#endif
};

#define NEW_NAMESPACES (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | \
			CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)
#define X32_CALLS 0x40000000u

#define RULES_MAX 256

struct program {
	struct sock_filter rules[RULES_MAX];
	unsigned short n;
};

static void add(struct program *p, struct sock_filter rule)
{
	if (p->n < RULES_MAX)
		p->rules[p->n++] = rule;
}

static void load(struct program *p, size_t offset)
{
	add(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void give(struct program *p, uint32_t action)
{
	add(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* When the value loaded compares so with k, the next rule counts, else it is skipped. */
static void when(struct program *p, uint16_t how, uint32_t k, uint8_t skip)
{
	add(p, (struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | how | BPF_K), k, 0, skip));
}

/* The low half of the first argument: of a socket its family, of clone its flags. */
static void load_argument(struct program *p)
{
	const size_t low = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0;

	load(p, offsetof(struct seccomp_data, args) + low);
}

static void begin(struct program *p)
{
	load(p, offsetof(struct seccomp_data, arch));
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0));
	give(p, SECCOMP_RET_KILL_PROCESS);
	load(p, offsetof(struct seccomp_data, nr));
	when(p, BPF_JGE, X32_CALLS, 1);
	give(p, SECCOMP_RET_KILL_PROCESS);
}

static void sockets(struct program *p, bool internet, uint32_t refuse)
{
	static const uint32_t families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };
	size_t n = internet ? sizeof(families) / sizeof(*families) : 1;

	when(p, BPF_JEQ, __NR_socket, (uint8_t)(2 + 2 * n));
	load_argument(p);
	for (size_t i = 0; i < n; i++) {
		when(p, BPF_JEQ, families[i], 1);
		give(p, SECCOMP_RET_ALLOW);
	}
	give(p, refuse);
}

static void namespaces(struct program *p, uint32_t refuse)
{
	when(p, BPF_JEQ, __NR_clone, 4);
	load_argument(p);
	when(p, BPF_JSET, NEW_NAMESPACES, 1);
	give(p, refuse);
	give(p, SECCOMP_RET_ALLOW);
}

static void install(const struct program *p, unsigned flags)
{
	const struct sock_fprog program = {
		.len = p->n, .filter = (struct sock_filter *)(uintptr_t)p->rules,
	};

	if (syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) &&
	    syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
		missing("seccomp filter");
}

static void confine_calls(const struct confinement *c)
{
	const uint32_t refuse = c->kills ? SECCOMP_RET_KILL_PROCESS :
		SECCOMP_RET_ERRNO | EPERM;
	struct program quiet = { .n = 0 }, loud = { .n = 0 };

	/* Every thread begins by it: not for the log. */
	begin(&quiet);
#ifdef __NR_clone3
	when(&quiet, BPF_JEQ, __NR_clone3, 1);
	give(&quiet, SECCOMP_RET_ERRNO | ENOSYS);
#endif
	give(&quiet, SECCOMP_RET_ALLOW);

	begin(&loud);
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(*forbidden); i++) {
		when(&loud, BPF_JEQ, forbidden[i], 1);
		give(&loud, refuse);
	}
	sockets(&loud, c->internet, refuse);
	namespaces(&loud, refuse);
	give(&loud, SECCOMP_RET_ALLOW);
	install(&quiet, 0);
	install(&loud, SECCOMP_FILTER_FLAG_LOG);
}

#else
static void confine_calls(const struct confinement *c)
{
	(void)c;
	errno = ENOSYS;
	missing("seccomp filter");
}
#endif

/* ---- files -------------------------------------------------------------- */

#ifdef LANDLOCK_ACCESS_FS_EXECUTE

#define MAY_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define MAY_WRITE (MAY_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
		   LANDLOCK_ACCESS_FS_MAKE_REG | may_since(3))

/* What is asked about in the first version, and what came with later ones. */
#define FIRST_VERSION ((UINT64_C(1) << 13) - 1)

static uint64_t may_since(long version)
{
	return version >= 3 ? UINT64_C(1) << 14 : 0;	/* truncate */
}

static int allow(int rules, const char *path, uint64_t what)
{
	struct landlock_path_beneath_attr beneath = { .allowed_access = what };
	int rc;

	beneath.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (beneath.parent_fd < 0)
		return 0;	/* what is not there cannot be touched */
	rc = (int)syscall(__NR_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH,
			  &beneath, 0);
	close(beneath.parent_fd);
	return rc;
}

static int allow_all(int rules, const char *writable, uint64_t handled)
{
	/* Libraries, templates and time zones; settings and the name service; processors. */
	static const char *const readable[] = {
		"/usr", "/lib", "/lib64", "/etc", "/run", "/proc", "/sys/devices/system/cpu",
		"/var/lib/sss",
	};
	int rc = allow(rules, "/dev/null",
		       LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE);

	for (size_t i = 0; !rc && i < sizeof(readable) / sizeof(*readable); i++)
		rc = allow(rules, readable[i], MAY_READ & handled);
	return !rc && writable ? allow(rules, writable, MAY_WRITE & handled) : rc;
}

static void confine_files(const struct confinement *c)
{
	long version = syscall(__NR_landlock_create_ruleset, NULL, 0,
			       LANDLOCK_CREATE_RULESET_VERSION);
	struct landlock_ruleset_attr attr = {
		.handled_access_fs = FIRST_VERSION | may_since(version),
	};
	int rules;

	if (version < 1) {
		missing("landlock");
		return;
	}
	rules = (int)syscall(__NR_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (rules < 0 || allow_all(rules, c->writable, attr.handled_access_fs) ||
	    syscall(__NR_landlock_restrict_self, rules, 0))
		missing("landlock");
	if (rules >= 0)
		close(rules);
}

#else
static void confine_files(const struct confinement *c)
{
	(void)c;	/* the headers that this was built with do not know of it */
}
#endif

void confine(const struct confinement *c)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		missing("no_new_privs");
	confine_files(c);
	confine_calls(c);
}
