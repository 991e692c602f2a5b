#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "priv/sandbox.h"

#define SECONDS 10

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

/* What looks on (make e2e-sanitized, e2e-valgrind) writes a file of its own and asks
 * the kernel for more than the program does. */
#ifdef LOOKED_ON
#define ALONE false
#else
#define ALONE true
#endif

#ifdef ARCH
#define LOAD(field) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ALLOW(number) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* What malloc, one write and the end need. Without a filter the child is still
 * an account without files. */
static void filter(void)
{
	struct sock_filter rules[] = {
		LOAD(arch),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		LOAD(nr),
		ALLOW(__NR_brk),
		ALLOW(__NR_mmap),
		ALLOW(__NR_munmap),
		ALLOW(__NR_mremap),
		ALLOW(__NR_madvise),
		ALLOW(__NR_mprotect),
		ALLOW(__NR_futex),
		ALLOW(__NR_getrandom),
		ALLOW(__NR_write),
		ALLOW(__NR_rt_sigreturn),
		ALLOW(__NR_sigaltstack),	/* sanitized builds, at the end */
		ALLOW(__NR_exit_group),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	const struct sock_fprog program = {
		.len = sizeof(rules) / sizeof(*rules), .filter = rules,
	};

	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}
#else
static void filter(void)
{
}
#endif

static int limit(int what, rlim_t n)
{
	const struct rlimit r = { n, n };

	return setrlimit((__rlimit_resource_t)what, &r);
}

void sandbox_close_all_but(int keep)
{
	struct rlimit r;
	int n = 65536;

	if (!getrlimit(RLIMIT_NOFILE, &r) && r.rlim_cur < (rlim_t)n)
		n = (int)r.rlim_cur;
	for (int fd = 0; fd < n; fd++)
		if (fd != keep)
			close(fd);
}

int sandbox_enter(uid_t uid, gid_t gid, int keep)
{
	sandbox_close_all_but(keep);
	if (setgroups(0, NULL) || setresgid(gid, gid, gid) ||
	    setresuid(uid, uid, uid) || uid == 0 || setuid(0) == 0)
		return -1;
	if ((ALONE && (limit(RLIMIT_NOFILE, 0) || limit(RLIMIT_FSIZE, 0))) ||
	    limit(RLIMIT_CORE, 0) || limit(RLIMIT_NPROC, 0) ||
	    limit(RLIMIT_CPU, SECONDS))
		return -1;
	alarm(SECONDS);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return -1;
	if (ALONE)
		filter();
	return 0;
}
