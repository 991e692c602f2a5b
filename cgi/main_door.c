/*
 * The program that cpsrvd starts for every page: one FastCGI request over one
 * connection to the front that stays up. Installed as three separate files, it
 * is the door as whose file it runs, whatever argv or the environment claim.
 * Knows nothing of mail, links libc only. Limits: a body of 1 MiB, parameters
 * that fit one record, 65 s of silence. The users' door puts the front's page
 * into Jupiter's frame, when cPanel gives it one (door/live.h).
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/paths.h"
#include "door/live.h"
#include "priv/proto.h"

#define BODY_MAX (1024 * 1024)
#define RECORD_HEAD 8
#define RECORD_MAX 65535	/* a record's length is 16 bits */
#define LOGIN_MAX 32
#define SILENCE_S 65
#define HEAD_MAX 16384	/* of an answer that goes into a frame */
#define COUNT(table) (sizeof(table) / sizeof(*(table)))

/* FastCGI specification, sections 3.3 and 8. */
enum { BEGIN_REQUEST = 1, END_REQUEST = 3, PARAMS, STDIN, STDOUT, STDERR };
enum { VERSION_1 = 1, REQUEST_ID = 1, RESPONDER = 1 };

struct door {
	const char *path, *name, *socket;
	bool whm;
};

/* The last one is also whatever runs from any other place. */
static const struct door doors[] = {
	{ PATH_ADMIN_DOOR, "admin.cgi", PATH_ADMIN_SOCK, true },
	{ PATH_RESELLER_DOOR, "reseller.cgi", PATH_ADMIN_SOCK, true },
	{ PATH_USER_DOOR, "index.live.cgi", PATH_USER_SOCK, false },
};

/* All of the environment that passes; RD_* never comes from there. */
static const char *const passed[] = {
	"REQUEST_METHOD", "QUERY_STRING", "CONTENT_TYPE", "CONTENT_LENGTH",
	"REMOTE_USER", "REMOTE_ADDR", "cp_security_token", "HTTP_HOST",
	"HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE",
};

/* Parameters of one request, as they stand in its one PARAMS record. */
struct params {
	unsigned char bytes[RECORD_MAX];
	size_t n;
	bool full;
};

/* A request on its way out: room for the largest within the limits. */
struct outgoing {
	unsigned char bytes[BODY_MAX + RECORD_MAX + 64 * RECORD_HEAD];
	size_t n;
};

/* What came from the front; before `from` it is taken. Holds any one record. */
struct incoming {
	unsigned char bytes[RECORD_HEAD + RECORD_MAX + 255];
	size_t from, to;
};

struct record {
	int type;
	const unsigned char *content;
	size_t n;
};

/* cPanel's connection, for every way out; -1: none. */
static volatile sig_atomic_t live_fd = -1;

static void end_live(void)
{
	int fd = live_fd;

	live_fd = -1;
	live_shut(fd);
}

static void end_by_signal(int number)
{
	end_live();
	signal(number, SIG_DFL);
	raise(number);
}

/* Before anything that may end this program. */
static void begin_live(const char *path)
{
	static const int ends[] = { SIGALRM, SIGTERM, SIGPIPE, SIGHUP, SIGINT };

	live_fd = live_connect(path);
	if (live_fd < 0)
		return;
	atexit(end_live);
	for (size_t i = 0; i < COUNT(ends); i++)
		signal(ends[i], end_by_signal);
}

static _Noreturn void refuse(const char *status, const char *why)
{
	printf("Status: %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
	       "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
	       "\r\nRelay Doctor: %s\n", status, why);
	exit(fflush(stdout) == 0 ? 0 : 1);
}

static _Noreturn void unavailable(const char *why)
{
	refuse("503 Service Unavailable", why);
}

static char *env_find(char **env, const char *name)
{
	size_t n = strlen(name);

	for (; *env != NULL; env++)
		if (strncmp(*env, name, n) == 0 && (*env)[n] == '=')
			return *env + n + 1;
	return NULL;
}

static const char *env_get(char **env, const char *name)
{
	const char *value = env_find(env, name);

	return value != NULL ? value : "";
}

/* 0 with *n, or the status to refuse with. An empty text means no body
 * (RFC 3875, section 4.1). */
static int content_length(const char *text, size_t *n)
{
	size_t digits = strspn(text, "0123456789");

	if (text[digits] != '\0')
		return 400;
	if (digits > 7)
		return 413;
	*n = strtoul(text, NULL, 10);
	return *n > BODY_MAX ? 413 : 0;
}

/* name is shorter than 128 bytes; the long form of a length fits any value. */
static void params_add(struct params *p, const char *name, const char *value)
{
	size_t n = strlen(name), v = strlen(value);
	unsigned char head[5] = { (unsigned char)n, 0x80, (unsigned char)(v >> 16),
				  (unsigned char)(v >> 8), (unsigned char)v };

	p->full = p->full || v > RECORD_MAX ||
		  p->n + sizeof(head) + n + v > RECORD_MAX;
	if (p->full)
		return;
	memcpy(p->bytes + p->n, head, sizeof(head));
	memcpy(p->bytes + p->n + sizeof(head), name, n);
	memcpy(p->bytes + p->n + sizeof(head) + n, value, v);
	p->n += sizeof(head) + n + v;
}

static void params_from_env(struct params *p, char **env)
{
	for (size_t i = 0; i < COUNT(passed); i++)
		if (*env_get(env, passed[i]) != '\0')
			params_add(p, passed[i], env_get(env, passed[i]));
}

static void put_record(struct outgoing *o, int type, const void *p, size_t n)
{
	unsigned char head[RECORD_HEAD] = {
		VERSION_1, (unsigned char)type, 0, REQUEST_ID,
		(unsigned char)(n >> 8), (unsigned char)n,
	};

	memcpy(o->bytes + o->n, head, sizeof(head));
	memcpy(o->bytes + o->n + sizeof(head), p, n);
	o->n += sizeof(head) + n;
}

/* A stream is any number of records and ends with an empty one. */
static void put_stream(struct outgoing *o, int type, const unsigned char *p,
		       size_t n)
{
	size_t part;

	do {
		part = n < RECORD_MAX ? n : RECORD_MAX;
		put_record(o, type, p, part);
		p += part;
		n -= part;
	} while (part > 0);
}

/* 1: *r is the next record, valid until more is read; 0: it is not whole yet;
 * -1: this is no answer to our request. */
static int record_take(struct incoming *in, struct record *r)
{
	const unsigned char *p = in->bytes + in->from;
	size_t have = in->to - in->from;

	if (have < RECORD_HEAD)
		return 0;
	if (p[0] != VERSION_1 || p[2] != 0 || p[3] != REQUEST_ID)
		return -1;
	*r = (struct record){ p[1], p + RECORD_HEAD, (size_t)p[4] << 8 | p[5] };
	if (have < RECORD_HEAD + r->n + p[6])
		return 0;
	in->from += RECORD_HEAD + r->n + p[6];
	return 1;
}

/* Where the next bytes go: there is room once record_take has said 0. */
static unsigned char *make_room(struct incoming *in, size_t *room)
{
	memmove(in->bytes, in->bytes + in->from, in->to - in->from);
	in->to -= in->from;
	in->from = 0;
	*room = sizeof(in->bytes) - in->to;
	return in->bytes + in->to;
}

/* False at the end, on an error and after SILENCE_S. */
static bool read_more(int fd, struct incoming *in)
{
	size_t room;
	unsigned char *at = make_room(in, &room);
	ssize_t got = read(fd, at, room);

	in->to += got > 0 ? (size_t)got : 0;
	return got > 0;
}

static const struct door *which_door(void)
{
	char exe[256] = "";
	size_t i, last = COUNT(doors) - 1;

	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		return &doors[last];
	for (i = 0; i < last && strcmp(exe, doors[i].path) != 0; i++)
		;
	return &doors[i];
}

/* A connection whose every call gives up after SILENCE_S, or -1. */
static int connect_to(const char *path, int type)
{
	struct timeval limit = { .tv_sec = SILENCE_S };
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) != 0 ||
	    connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0)
		return -1;
	return fd;
}

/* Root's word to the helper about who is asking, given before any front has
 * seen the request. The ticket is reply->change. */
static void fetch_ticket(const struct door *d, char **env,
			 struct priv_reply *reply)
{
	struct priv_request ask = { .version = PRIV_VERSION, .verb = "ticket" };
	int fd = connect_to(PATH_HELPER_SOCK, SOCK_SEQPACKET);

	snprintf(ask.name, sizeof(ask.name), "%s", env_get(env, "REMOTE_USER"));
	snprintf(ask.value, sizeof(ask.value), "%s", d->name);
	snprintf(ask.expect, sizeof(ask.expect), "%s", env_get(env, "REMOTE_ADDR"));
	if (send(fd, &ask, sizeof(ask), MSG_NOSIGNAL) != sizeof(ask) ||
	    read(fd, reply, sizeof(*reply)) != sizeof(*reply) ||
	    reply->version != PRIV_VERSION)
		unavailable("the helper does not answer; "
			    "see: systemctl status relaydoctor-helper.socket");
	close(fd);
	reply->text[sizeof(reply->text) - 1] = '\0';
	reply->change[sizeof(reply->change) - 1] = '\0';
	if (reply->code != 0)
		refuse("403 Forbidden", reply->text);
}

/* Whether the answer may be a page: the front says whether it is. */
static bool may_be_page(char **env)
{
	const char *query = env_get(env, "QUERY_STRING");

	return strcmp(env_get(env, "REQUEST_METHOD"), "HEAD") != 0 &&
	       strncmp(query, "api=", 4) != 0 && strncmp(query, "asset=", 6) != 0;
}

static void build_params(struct params *p, const struct door *d, char **env,
			 bool framed)
{
	struct priv_reply reply;

	params_from_env(p, env);
	params_add(p, "RD_DOOR", d->name);
	if (framed)
		params_add(p, "RD_FRAME", "1");
	if (d->whm && strcmp(env_get(env, "REQUEST_METHOD"), "POST") == 0) {
		fetch_ticket(d, env, &reply);
		params_add(p, "RD_TICKET", reply.change);
	}
	params_add(p, "RD_END", "1");	/* what lacks it was cut */
	if (p->full)
		refuse("431 Request Header Fields Too Large",
		       "the request's address and headers are too long");
}

/* The whole body before anything is asked of anyone: a slow client occupies
 * its door and nothing else. */
static size_t read_body(char **env, unsigned char body[BODY_MAX])
{
	size_t n = 0;

	switch (content_length(env_get(env, "CONTENT_LENGTH"), &n)) {
	case 400:
		refuse("400 Bad Request", "the body's length is not a number");
	case 413:
		refuse("413 Content Too Large", "a request has at most 1 MiB");
	}
	alarm(SILENCE_S);
	if (fread(body, 1, n, stdin) != n)
		refuse("400 Bad Request", "the body is cut short");
	alarm(0);
	return n;
}

/* No FCGI_KEEP_CONN: the connection is for this request. A front that is full
 * answers and closes without reading, so an unfinished send is no reason not
 * to look for its answer. */
static void send_request(int fd, const struct params *p,
			 const unsigned char *body, size_t n)
{
	static const unsigned char begin[8] = { 0, RESPONDER };
	static struct outgoing o;

	put_record(&o, BEGIN_REQUEST, begin, sizeof(begin));
	put_stream(&o, PARAMS, p->bytes, p->n);
	put_stream(&o, STDIN, body, n);
	if (send(fd, o.bytes, o.n, MSG_NOSIGNAL) < 0 &&
	    errno != EPIPE && errno != ECONNRESET)
		unavailable("its service takes no request; try again in a moment");
}

/* An answer on its way out. In a frame, its header is held back until it is
 * whole: only a page gets the frame, and none has its length. */
struct printing {
	const struct live_frame *frame;	/* NULL: what comes is printed as it is */
	bool begun, framed;
	size_t n;
	char head[HEAD_MAX + 1];
};

static bool is_page(const char *head)
{
	return strstr(head, "\r\nContent-Type: text/html") != NULL;
}

/* All lines but Content-Length; the blank one ends them. */
static void print_head(const char *head)
{
	static const char length[] = "Content-Length:";

	for (const char *end; *head != '\0'; head = end) {
		end = strstr(head, "\r\n");
		end = end != NULL ? end + 2 : head + strlen(head);
		if (strncmp(head, length, sizeof(length) - 1) != 0)
			fwrite(head, 1, (size_t)(end - head), stdout);
	}
}

/* What was held back: the header is whole, or will not be. */
static void release(struct printing *x)
{
	char *body = strstr(x->head, "\r\n\r\n"), *end = x->head + x->n;
	char first;

	body = body != NULL ? body + 4 : end;
	first = *body;
	*body = '\0';
	x->framed = body < end && is_page(x->head);
	if (x->framed) {
		print_head(x->head);
		fwrite(x->frame->header, 1, x->frame->nheader, stdout);
	} else {
		fwrite(x->head, 1, (size_t)(body - x->head), stdout);
	}
	*body = first;
	fwrite(body, 1, (size_t)(end - body), stdout);
	x->begun = true;
}

/* Nothing but a header is no page. */
static bool has_body(const struct printing *x)
{
	const char *end = strstr(x->head, "\r\n\r\n");

	return end != NULL && end + 4 < x->head + x->n;
}

static void print_piece(struct printing *x, const unsigned char *p, size_t n)
{
	size_t part = HEAD_MAX - x->n < n ? HEAD_MAX - x->n : n;

	if (n == 0)
		return;
	if (x->frame != NULL && !x->begun) {
		memcpy(x->head + x->n, p, part);
		x->n += part;
		x->head[x->n] = '\0';
		p += part;
		n -= part;
		if (x->n < HEAD_MAX && !has_body(x))
			return;
		release(x);
	}
	x->begun = fwrite(p, 1, n, stdout) > 0 || x->begun;
}

static void print_end(struct printing *x)
{
	if (x->frame != NULL && !x->begun && x->n > 0)
		release(x);
	if (x->framed)
		fwrite(x->frame->footer, 1, x->frame->nfooter, stdout);
}

/* Prints the answer record by record: nothing, not even the header, before the
 * first piece of output has come whole. 0: all of it; 1: it broke off. */
static int print_answer(int fd, const struct live_frame *frame)
{
	static struct incoming in;
	static struct printing x;
	int taken = 0, type = 0;
	struct record r;

	x.frame = frame;
	while (type != END_REQUEST && taken >= 0 && read_more(fd, &in))
		while (type != END_REQUEST && (taken = record_take(&in, &r)) > 0) {
			type = r.type;
			if (type == STDERR)
				fwrite(r.content, 1, r.n, stderr);
			if (type == STDOUT)
				print_piece(&x, r.content, r.n);
		}
	print_end(&x);
	if (!x.begun)
		unavailable("its service gave no answer; try again in a moment");
	return fflush(stdout) == 0 && type == END_REQUEST ? 0 : 1;
}

static const char *live_path(char **env)
{
	const char *path = env_get(env, "CPANEL_CONNECT_SOCKET");

	return *path != '\0' ? path : env_get(env, "CPANEL_PHPCONNECT_SOCKET");
}

int main(void)
{
	extern char **environ;
	static unsigned char body[BODY_MAX];
	static struct params params;
	static struct live live;
	struct live_frame frame;
	bool framed = false;
	char *password = env_find(environ, "REMOTE_PASSWORD");
	const struct door *d = which_door();
	size_t n, login = strlen(env_get(environ, "REMOTE_USER"));
	int fd;

	if (password != NULL)	/* /proc/PID/environ would show it */
		explicit_bzero(password, strlen(password));
	if (!d->whm)
		begin_live(live_path(environ));
	if (d->whm && (login == 0 || login > LOGIN_MAX))
		refuse("403 Forbidden", "WHM names nobody as logged in");
	n = read_body(environ, body);
	if (live_fd >= 0 && may_be_page(environ))
		framed = live_frame(&live, live_fd, &frame);
	build_params(&params, d, environ, framed);
	fd = connect_to(d->socket, SOCK_STREAM);
	if (fd < 0)
		unavailable("its service does not run; "
			    "see: systemctl status 'relaydoctor-*'");
	send_request(fd, &params, body, n);
	return print_answer(fd, framed ? &frame : NULL);
}
