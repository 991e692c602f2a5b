#ifndef HTTP_ACCEPT_H
#define HTTP_ACCEPT_H

#include <sys/socket.h>

/*
 * Who may speak, how many at once and for how long, settled before a byte of a
 * connection is read. libfcgi never accepts: left to it, as many stalled
 * clients as there are workers shut a front for ever.
 *
 * A connection over the limits gets a fixed 503 unread and is closed. One that
 * has not sent its request within ACCEPT_UNTIL_WHOLE_S, or is not done
 * ACCEPT_UNTIL_DONE_S after that, is cut off. On SIGTERM or SIGINT nothing new
 * is taken (it waits in the socket for the next front), what runs has
 * ACCEPT_GRACE_MS to end, and accept_run returns.
 */
#define ACCEPT_IN_ALL		64
#define ACCEPT_PER_UID		4
#define ACCEPT_UNTIL_WHOLE_S	10
#define ACCEPT_UNTIL_DONE_S	60
#define ACCEPT_GRACE_MS		1000
#define ACCEPT_CHILD_MEMORY	(256ul * 1024 * 1024)	/* bytes of address space */

/* One accepted connection while it is served. */
struct visit {
	int fd;			/* blocking; the acceptor's, who closes it */
	struct ucred peer;	/* the kernel's word about who connected */
	unsigned wait_s;	/* children: not 0, it comes too often (http/rate.h) */
	void (*whole)(struct visit *v);	/* to be called once the request is read */
};

/* Serves one visit to its end; on accept_by_threads from many threads. */
typedef void visit_fn(void *ctx, struct visit *v);
/* Called by the acceptor on SIGHUP: what is read at start is to be read again. */
typedef void reload_fn(void *ctx);

/*
 * By children: anyone may connect, ACCEPT_PER_UID at once. Each visit has a
 * process of its own with ACCEPT_CHILD_MEMORY, so that whatever a request does
 * to its parser ends that request alone; the parent parses nothing.
 * By threads: root only (else closed): those connections are the doors of
 * everybody who uses WHM, so they share ACCEPT_IN_ALL.
 */
extern const struct accept_mode accept_by_children, accept_by_threads;

/* Serves listener (listening, made non-blocking) until told to stop: 0; -1
 * with errno when it could not begin. Blocks SIGTERM, SIGINT, SIGHUP and
 * SIGCHLD for the process. */
int accept_run(const struct accept_mode *mode, int listener, visit_fn *serve,
	       reload_fn *reload, void *ctx);

#endif
