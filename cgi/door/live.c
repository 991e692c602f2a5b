#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "door/live.h"
#include "door/live_json.h"

#define BEGIN "<cpanelresult>"
#define END "</cpanelresult>"
/* So many end marks are looked at as the last one: each costs a reading. */
#define ENDS_MAX 8

#define GET_DOM "<cpanelaction>{\"module\":\"Chrome\",\"reqtype\":\"exec\"," \
	"\"func\":\"get_dom\",\"apiversion\":\"uapi\"," \
	"\"args\":{\"page_title\":\"Relay Doctor\"}}</cpanelaction>"

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int live_connect(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd;

	if (*path != '/' || strlen(path) >= sizeof(sa.sun_path))
		return -1;
	memcpy(sa.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Never waits: what is asked fits into any socket's buffer. */
static bool ask(int fd, const char *text)
{
	char message[512];
	int n = snprintf(message, sizeof(message), "%zu\n%s", strlen(text), text);

	return send(fd, message, (size_t)n, MSG_NOSIGNAL) == n;
}

/* Written out: a signal handler calls this, too. */
void live_shut(int fd)
{
	static const char last[] = "26\n<cpanelxml shutdown=\"1\" />";

	if (fd < 0)
		return;
	(void)!send(fd, last, sizeof(last) - 1, MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	close(fd);
}

static bool read_more(struct live *l)
{
	struct pollfd p = { .fd = l->fd, .events = POLLIN };
	int64_t left = l->until - now_ms();
	ssize_t got;

	if (l->n == sizeof(l->bytes) || left <= 0 || poll(&p, 1, (int)left) <= 0)
		return false;
	got = recv(l->fd, l->bytes + l->n, sizeof(l->bytes) - l->n, 0);
	l->n += got > 0 ? (size_t)got : 0;
	return got > 0;
}

/* The place behind the next end mark at or after `at`; 0: it has not come. */
static size_t find_end(const struct live *l, size_t at)
{
	const char *found = memmem(l->bytes + at, l->n - at, END, strlen(END));

	return found != NULL ? (size_t)(found - l->bytes) + strlen(END) : 0;
}

/* Where to look again when more has come: a mark may be cut. */
static size_t behind(const struct live *l, size_t at)
{
	return l->n - at > strlen(END) ? l->n - strlen(END) : at;
}

static size_t wait_end(struct live *l, size_t at)
{
	size_t end;

	while ((end = find_end(l, at)) == 0) {
		at = behind(l, at);
		if (!read_more(l))
			return 0;
	}
	return end;
}

/* Of a place that may be said in one of two depths. */
static const struct live_member *either(const struct live_member *m)
{
	return m[0].at != NULL ? &m[0] : &m[1];
}

static bool says_one(const struct live_member *m)
{
	return m->at != NULL && m->n == 1 && *m->at == '1';
}

static const char *unescaped(const struct live_member *m, char *text, size_t *n)
{
	char *s = text + (m->at - text);

	*n = live_json_unescape(s, m->n);
	return s;
}

enum live_answer live_read_frame(char *text, size_t n, struct live_frame *out)
{
	struct live_member m[] = {
		{ .path = "result.status" }, { .path = "cpanelresult.result.status" },
		{ .path = "result.data.header" },
		{ .path = "cpanelresult.result.data.header" },
		{ .path = "result.data.footer" },
		{ .path = "cpanelresult.result.data.footer" },
	};
	char *begin = memmem(text, n, BEGIN, strlen(BEGIN));
	const struct live_member *header, *footer;

	if (begin == NULL || n < strlen(END) ||
	    begin + strlen(BEGIN) > text + n - strlen(END))
		return LIVE_CUT;
	begin += strlen(BEGIN);
	if (!live_json_find(begin, (size_t)(text + n - strlen(END) - begin), m,
			    sizeof(m) / sizeof(*m)))
		return LIVE_CUT;
	header = either(m + 2);
	footer = either(m + 4);
	if (!says_one(either(m)) || header->at == NULL || footer->at == NULL ||
	    !header->is_string || !footer->is_string)
		return LIVE_NONE;
	out->header = unescaped(header, text, &out->nheader);
	out->footer = unescaped(footer, text, &out->nfooter);
	return LIVE_FRAME;
}

bool live_frame(struct live *l, int fd, struct live_frame *out)
{
	enum live_answer answer = LIVE_CUT;
	size_t end, at;

	l->fd = fd;
	l->until = now_ms() + LIVE_MS;
	l->n = 0;
	if (fd < 0 || !ask(fd, "<cpaneljson enable=\"1\">"))
		return false;
	l->from = wait_end(l, 0);
	if (l->from == 0 || !ask(fd, GET_DOM))
		return false;
	at = l->from;
	for (int i = 0; i < ENDS_MAX && answer == LIVE_CUT; i++, at = end) {
		end = wait_end(l, at);
		if (end == 0)
			return false;
		answer = live_read_frame(l->bytes + l->from, end - l->from, out);
	}
	return answer == LIVE_FRAME;
}
