#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "http/accept_hall.h"

/* The default action of SIGALRM is the deadline. */
static void child_is_whole(struct visit *v)
{
	(void)v;
	alarm(ACCEPT_UNTIL_DONE_S);
}

static void limit_memory(void)
{
/* A sanitizer alone reserves terabytes, and valgrind hundreds of megabytes. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(LOOKED_ON)
	const struct rlimit most = { ACCEPT_CHILD_MEMORY, ACCEPT_CHILD_MEMORY };

	setrlimit(RLIMIT_AS, &most);
#endif
}

/* Without the listener: a child that a request took over cannot go on to
 * accept others'. */
static _Noreturn void child_serve(struct hall *h, struct seat *s)
{
	sigset_t none;

	close(h->listener);
	close(h->signals);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	limit_memory();
	alarm(ACCEPT_UNTIL_WHOLE_S);
	s->visit.whole = child_is_whole;
	h->serve(h->ctx, &s->visit);
	_exit(0);
}

/* Counted here: what a child counts, a child that was taken over counts, too. */
static unsigned wait_of(const struct hall *h, uid_t uid)
{
	char who[RATE_NAME_MAX];

	snprintf(who, sizeof(who), "%lu", (unsigned long)uid);
	return rate_take(h->rate, who, RATE_USER, io_monotonic_ms());
}

static int children_start(struct hall *h, struct seat *s)
{
	pid_t pid;

	s->visit.wait_s = wait_of(h, s->visit.peer.uid);
	pid = fork();
	if (pid == 0)
		child_serve(h, s);
	if (pid < 0)
		return -1;
	s->child = pid;
	close(s->visit.fd);
	return 0;
}

static int children_tend(struct hall *h)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (size_t i = 0; i < ACCEPT_IN_ALL; i++)
			if (h->seats[i].taken && h->seats[i].child == pid)
				h->seats[i].taken = false;
	return -1;
}

static bool children_close(struct hall *h)
{
	struct pollfd ended = { .fd = h->signals, .events = POLLIN };
	int64_t left, until = io_monotonic_ms() + ACCEPT_GRACE_MS;
	struct signalfd_siginfo si;

	while (children_tend(h), !hall_is_empty(h) &&
	       (left = until - io_monotonic_ms()) > 0)
		if (poll(&ended, 1, (int)left) > 0 &&
		    read(h->signals, &si, sizeof(si)) < 0)
			break;
	for (size_t i = 0; i < ACCEPT_IN_ALL; i++)
		if (h->seats[i].taken) {
			kill(h->seats[i].child, SIGKILL);
			waitpid(h->seats[i].child, NULL, 0);
		}
	return true;
}

const struct accept_mode accept_by_children = {
	.per_uid = ACCEPT_PER_UID,
	.start = children_start,
	.tend = children_tend,
	.close = children_close,
};
