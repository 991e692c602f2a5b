#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/paths.h"
#include "priv/client.h"

/* The helper's own deadlines add up to less. */
#define ANSWER_SECONDS 150

static int unavailable(struct err *e, const char *what)
{
	return err_set(e, ERR_UNAVAILABLE, "%s %s (%s): %s", what,
		       PATH_HELPER_SOCK, strerror(errno), errno == EACCES ?
		       "it serves root and the pages only" :
		       "is relaydoctor-helper.socket started?");
}

int priv_open(struct priv_client *c, struct err *e)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX,
				  .sun_path = PATH_HELPER_SOCK };
	const struct timeval wait = { .tv_sec = ANSWER_SECONDS };

	c->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return unavailable(e, "no socket for");
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (connect(c->fd, (struct sockaddr *)&sa, sizeof(sa))) {
		unavailable(e, "the helper does not answer on");
		priv_close(c);
		return -1;
	}
	return 0;
}

void priv_close(struct priv_client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

/* Copies s into a field with zeros behind it; false when it does not fit. */
static int put(char *field, size_t size, const char *s)
{
	if (s && strlen(s) >= size)
		return -1;
	strncpy(field, s ? s : "", size);
	return 0;
}

static int send_request(int fd, struct priv_request *q, int passed)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .room = { 0 } };
	struct iovec iov = { q, sizeof(*q) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *h;

	if (passed >= 0) {
		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
		h = CMSG_FIRSTHDR(&m);
		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(h), &passed, sizeof(int));
	}
	return sendmsg(fd, &m, MSG_NOSIGNAL) == (ssize_t)sizeof(*q) ? 0 : -1;
}

static int passed_fd(struct msghdr *m)
{
	struct cmsghdr *h = CMSG_FIRSTHDR(m);
	int fd;

	if (!h || h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(h), sizeof(fd));
	return fd;
}

static ssize_t receive(int fd, struct priv_reply *r, int *passed)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { r, sizeof(*r) };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);

	/* A helper that closed on us may have said why before. */
	if (n < 0 && errno == ECONNRESET)
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	*passed = n >= 0 ? passed_fd(&m) : -1;
	return n;
}

static int is_well_formed(const struct priv_reply *r, ssize_t n)
{
	return n == (ssize_t)sizeof(*r) && r->version == PRIV_VERSION &&
		r->code >= ERR_NONE && r->code <= ERR_BUG &&
		memchr(r->text, '\0', sizeof(r->text)) &&
		memchr(r->before, '\0', sizeof(r->before)) &&
		memchr(r->after, '\0', sizeof(r->after)) &&
		memchr(r->change, '\0', sizeof(r->change));
}

/* One question, one answer; afterwards either both are through or the
 * connection is closed, so that no late answer meets a later question. */
static int exchange(struct priv_client *c, struct priv_request *q, int passed,
		    struct priv_reply *r, int *fd, struct err *e)
{
	int rc = send_request(c->fd, q, passed);
	ssize_t n;

	if (rc && errno != EPIPE && errno != ECONNRESET) {
		unavailable(e, "the helper takes no request on");
		priv_close(c);
		return -1;
	}
	n = receive(c->fd, r, fd);
	if (is_well_formed(r, n))
		return 0;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	priv_close(c);
	if (n < 0)
		return unavailable(e, "no answer to a request on");
	return err_set(e, ERR_UNAVAILABLE, n ?
		       "the helper's answer is of another version; install again" :
		       "the helper ended the conversation");
}

int priv_ask(struct priv_client *c, const char *verb, const char *name,
	     const char *expect, const char *value, int passed,
	     struct priv_reply *reply, int *fd, struct err *e)
{
	struct priv_request q = { .version = PRIV_VERSION };
	int got = -1;

	memset(reply, 0, sizeof(*reply));
	if (fd)
		*fd = -1;
	if (put(q.verb, sizeof(q.verb), verb) || put(q.name, sizeof(q.name), name) ||
	    put(q.expect, sizeof(q.expect), expect) ||
	    put(q.value, sizeof(q.value), value))
		return err_set(e, ERR_INPUT, "%s: an argument is too long", verb);
	if (c->fd < 0)
		return err_set(e, ERR_UNAVAILABLE, "there is no connection to the helper");
	if (exchange(c, &q, passed, reply, &got, e))
		return -1;
	if (fd && !reply->code)
		*fd = got;
	else if (got >= 0)
		close(got);
	return reply->code ? err_set(e, (enum errcode)reply->code, "%s",
				     reply->text) : 0;
}

int priv_read(struct priv_client *c, const char *verb, const char *name,
	      const char *value, struct err *e)
{
	struct priv_reply reply;
	int fd;

	if (priv_ask(c, verb, name, NULL, value, -1, &reply, &fd, e))
		return -1;
	if (fd < 0)
		return err_set(e, ERR_BUG, "the helper sent no file for %s", verb);
	return fd;
}
