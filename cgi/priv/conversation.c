#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "priv/conversation.h"
#include "priv/field.h"
#include "priv/job.h"
#include "priv/verb.h"

#define FIRST_WORD_MS 10000
#define REFUSAL_MS 1000

/* One datagram, one byte of room more than a request to see a longer one, and
 * room for a few descriptors, so that none slips in beside the one allowed. */
struct incoming {
	union {
		struct priv_request q;
		char bytes[sizeof(struct priv_request) + 1];
	} u;
	size_t n;
	int fds[4];
	size_t nfds;
	bool cut;
};

static void take_fds(struct incoming *in, struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n && in->nfds < 4; i++, in->nfds++)
			memcpy(&in->fds[in->nfds], CMSG_DATA(c) + i * sizeof(int),
			       sizeof(int));
	}
	in->cut = m->msg_flags & MSG_CTRUNC;
}

/* 1: a datagram; 0: the peer has closed or gone silent. */
static int receive(int fd, int wait_ms, struct incoming *in)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(4 * sizeof(int))];
	} control;
	struct iovec iov = { in->u.bytes, sizeof(in->u.bytes) };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	memset(in, 0, sizeof(*in));
	if (poll(&p, 1, wait_ms) <= 0)
		return 0;
	n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (n <= 0)
		return 0;
	in->n = (size_t)n;
	take_fds(in, &m);
	return 1;
}

static int answer(int fd, struct priv_reply *r, int passed)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .room = { 0 } };
	struct iovec iov = { r, sizeof(*r) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (passed >= 0) {
		struct cmsghdr *c;

		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &passed, sizeof(int));
	}
	return sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) ==
		(ssize_t)sizeof(*r) ? 0 : -1;
}

static int carry_out(struct ask *a, const struct incoming *in, struct err *e)
{
	int64_t proven_at = a->with->proven_at;
	const struct verb *v;

	if (in->nfds > 1 || in->cut)
		return err_set(e, ERR_INPUT, "a request brings one descriptor at most");
	v = verb_for(&in->u.q, in->n, a->with->caller.who, in->nfds == 1, e);
	if (!v)
		return -1;
	if (proven_at && io_monotonic_ms() - proven_at > PROOF_MS)
		return err_set(e, ERR_DENIED, "what proved for whom this is asked is too old");
	return v->run(a, e);
}

/* Answers one request; -1 when the peer does not take the answer. */
static int reply_to(struct conversation *c, const struct incoming *in,
		    const struct err *refusal)
{
	struct priv_reply r = { .version = PRIV_VERSION };
	struct ask a = {
		.with = c, .q = &in->u.q, .reply = &r, .answer = -1,
		.passed = in->nfds ? in->fds[0] : -1,
	};
	struct err e = { .code = ERR_NONE };
	int rc;

	if (refusal)
		e = *refusal;
	else if (!carry_out(&a, in, &e))
		e.code = ERR_NONE;
	r.code = (int32_t)e.code;
	if (e.code) {
		field_set(&r, text, "%s", e.text);
		log_line(LOG_LINE_INFO, "refused for %s: %s", c->caller.by, e.text);
	}
	rc = answer(c->fd, &r, e.code ? -1 : a.answer);
	if (a.answer >= 0)
		close(a.answer);
	return rc;
}

static void close_fds(const struct incoming *in)
{
	for (size_t i = 0; i < in->nfds; i++)
		close(in->fds[i]);
}

static void talk(struct conversation *c, const struct err *refusal)
{
	int wait_ms = refusal ? REFUSAL_MS : FIRST_WORD_MS;
	struct incoming in;

	while (receive(c->fd, wait_ms, &in)) {
		int rc = reply_to(c, &in, refusal);

		close_fds(&in);
		if (c->job)	/* whether or not the peer took the answer */
			job_run(c->job);
		if (rc || refusal || c->job)
			break;
		wait_ms = c->idle_ms;
	}
}

static int meet(struct conversation *c, uid_t uid, struct err *e)
{
	const struct peer_rule *rule = caller_rule(uid);
	bool root = rule && rule->who == WHO_ROOT;

	field_set(&c->caller, by, "%s",
		 rule ? rule->account : "a stranger");
	field_set(&c->caller, door, "%s", root ? "cli" : "");
	if (!rule)
		return err_set(e, ERR_DENIED, "uid %u has no business with the helper",
			       (unsigned)uid);
	c->caller.who = rule->who;
	c->idle_ms = rule->idle_ms;
	return caller_take_slot(rule, e);
}

static int is_seqpacket(int fd)
{
	int domain, type;
	socklen_t n = sizeof(int), k = sizeof(int);

	return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) &&
		!getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &k) &&
		domain == AF_UNIX && type == SOCK_SEQPACKET;
}

int conversation_serve(int fd)
{
	struct conversation c = { .fd = fd, .session = SESSION_INIT };
	struct err e = { .code = ERR_NONE };
	struct ucred peer;
	socklen_t n = sizeof(peer);
	bool refused;

	if (!is_seqpacket(fd) || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n)) {
		log_line(LOG_LINE_ERROR, "descriptor %d is no connection to serve", fd);
		return 1;
	}
	refused = meet(&c, peer.uid, &e) != 0;
	talk(&c, refused ? &e : NULL);
	session_end(&c.session);
	close(fd);
	return 0;
}
