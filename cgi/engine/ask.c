#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/json.h"
#include "base/paths.h"
#include "base/text.h"
#include "engine/ask.h"

#define ANSWER_MAX (256u << 20)
#define SILENCE_MS 120000
/* What a connection that is shut at once may mean. */
#define BUSY "it has too many at once, or does not start; try again in a moment"

static int dial(struct err *e)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(sa.sun_path, PATH_SCAN_SOCK, sizeof(PATH_SCAN_SOCK));
	if (s >= 0 && !connect(s, (const struct sockaddr *)&sa, sizeof(sa)))
		return s;
	err_set(e, ERR_UNAVAILABLE, "the scan service at %s does not answer (%s): %s",
		PATH_SCAN_SOCK, strerror(errno), errno == EACCES ?
		"it serves root and the WHM page only" :
		"is relaydoctor-scan.socket started?");
	if (s >= 0)
		close(s);
	return -1;
}

static int send_request(int s, json_object *request, struct err *e)
{
	const char *text = json_object_to_json_string_ext(request,
						JSON_C_TO_STRING_PLAIN);

	if (send(s, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text) &&
	    send(s, "\n", 1, MSG_NOSIGNAL) == 1)
		return 0;
	return err_set(e, ERR_UNAVAILABLE, "the scan service took no request: " BUSY);
}

static enum errcode code_of(const char *name)
{
	for (int c = ERR_INPUT; c <= ERR_BUG; c++)
		if (name && !strcmp(name, err_name((enum errcode)c)))
			return (enum errcode)c;
	return ERR_UNAVAILABLE;
}

struct conversation {
	void (*progress)(void *ctx, json_object *o);
	void *ctx;
	json_object **result;
};

/* One line of the service's: 1 when it was the last, -1 with e. */
static int take_line(const struct conversation *c, struct slice line, struct err *e)
{
	json_object *o, *part;

	o = json_read(line.p, line.n, "the scan service", e);
	if (!o)
		return -1;
	part = json_member(o, "error");
	if (part) {
		const char *text = json_text(part, "text");

		err_set(e, code_of(json_text(part, "code")), "%s",
			text ? text : "the scan service failed");
		json_object_put(o);
		return -1;
	}
	part = json_member(o, "result");
	if (part)
		*c->result = json_object_get(part);
	else if (c->progress)
		c->progress(c->ctx, json_member(o, "progress"));
	json_object_put(o);
	return part != NULL;
}

/* All whole lines of b; what is left moves to its front. */
static int take_lines(const struct conversation *c, struct buf *b, size_t seen,
		      struct err *e)
{
	size_t start = 0;
	int rc = 0;

	for (size_t i = seen; i < b->len && !rc; i++) {
		if (b->data[i] != '\n')
			continue;
		rc = take_line(c, (struct slice){ b->data + start, i - start }, e);
		start = i + 1;
	}
	if (start) {
		memmove(b->data, b->data + start, b->len - start);
		b->len -= start;
	}
	return rc;
}

static int converse(int s, const struct conversation *c, struct err *e)
{
	struct buf b = BUF_INIT(ANSWER_MAX);
	bool heard = false;
	char piece[65536];
	int rc = 0;

	while (!rc) {
		struct pollfd p = { .fd = s, .events = POLLIN };
		size_t seen = b.len;
		ssize_t n;

		if (poll(&p, 1, SILENCE_MS) == 0)
			rc = err_set(e, ERR_UNAVAILABLE,
				     "the scan service said nothing for %d s",
				     SILENCE_MS / 1000);
		else if ((n = recv(s, piece, sizeof(piece), 0)) < 0 && errno == EINTR)
			continue;
		else if (n <= 0)
			rc = err_set(e, ERR_UNAVAILABLE, "the scan service %s", heard ?
				     "ended without a result" : "took no request: " BUSY);
		else if (buf_add(&b, piece, (size_t)n))
			rc = err_set(e, ERR_LIMIT, "the scan service answered more than %u MiB",
				     ANSWER_MAX >> 20);
		else
			rc = take_lines(c, &b, seen, e);
		heard = true;
	}
	buf_free(&b);
	return rc < 0 ? -1 : 0;
}

static int ask(int s, json_object *request, const struct conversation *c, struct err *e)
{
	int rc = send_request(s, request, e);

	if (!rc)
		rc = converse(s, c, e);
	close(s);
	return rc;
}

int scan_ask(json_object *request, void (*progress)(void *ctx, json_object *o),
	     void *ctx, json_object **result, struct err *e)
{
	const struct conversation c = { progress, ctx, result };
	int s = dial(e);

	return s < 0 ? -1 : ask(s, request, &c, e);
}

int scan_ask_on(int s, json_object *request, json_object **result, struct err *e)
{
	const struct conversation c = { NULL, NULL, result };

	return ask(s, request, &c, e);
}
