#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/json.h"
#include "mail/arrivals.h"
#include "mail/outbound.h"
#include "sources/log.h"
#include "sources/recorder.h"

struct recorder {
	struct world w;
	struct world *inner;
	bool anonymise;
	json_object *world, *files, *modes, *commands, *failures, *dns, *talks;
};

/* ---- files ------------------------------------------------------------ */

/* Puts "x" for the local part of every address in the line. */
static void put_anonymous(struct buf *b, struct slice s)
{
	static const char ends[] = " \t<>\"(),:;=|";

	while (s.n) {
		size_t word = 0;
		const char *at;

		while (word < s.n && !strchr(ends, s.p[word]))
			word++;
		at = word ? memchr(s.p, '@', word) : NULL;
		if (at)
			buf_add(b, "x", 1);
		else
			at = s.p;
		buf_add(b, at, word - (size_t)(at - s.p));
		s.p += word;
		s.n -= word;
		if (s.n) {
			buf_add(b, s.p, 1);
			s.p++, s.n--;
		}
	}
}

static struct slice cut_subject(struct slice line)
{
	const char *t = memmem(line.p, line.n, " T=\"", 4);

	if (t)
		line.n = (size_t)(t - line.p);
	return line;
}

static bool is_kept(struct slice line)
{
	static const char *const flags[] = { " <= ", " => ", " -> ", " ** ", " == " };

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (memmem(line.p, line.n, flags[i], 4))
			return true;
	return slice_eq(line, ARRIVALS_GAP) || outbound_is_failure(line) ||
		memmem(line.p, line.n, " rejected RCPT ", 15) ||
		memmem(line.p, line.n, " authenticator failed ", 22) ||
		memmem(line.p, line.n, "-login: Login: ", 15) ||
		memmem(line.p, line.n, " daemon started: ", 17) ||
		memmem(line.p, line.n, " Firewall: *TCP", 15);
}

/* The newest lines that are kept of one log. */
struct log_extract {
	struct buf text;
	bool anonymise;
	bool begun;
	char last[20];		/* the time of the line left out last, or "" */
};

/* A line of which only the time is kept: it says what span the log covers. */
static void put_time(struct log_extract *x)
{
	if (*x->last)
		buf_printf(&x->text, "%s (left out)\n", x->last);
	*x->last = '\0';
}

static void note_time(struct log_extract *x, struct slice line)
{
	if (line.n < 20 || line.p[4] != '-' || line.p[13] != ':')
		return;
	memcpy(x->last, line.p, 19);
	if (!x->begun)
		put_time(x);
	x->begun = true;
}

static void drop_oldest(struct buf *b)
{
	static const char gap[] = ARRIVALS_GAP "\n";
	size_t n = sizeof(gap) - 1, from = b->len - RECORDER_LOG_MAX + n;
	const char *lf = memchr(b->data + from, '\n', b->len - from);

	from = lf ? (size_t)(lf - b->data) + 1 : b->len;
	memmove(b->data + n, b->data + from, b->len - from);
	memcpy(b->data, gap, n);
	b->len -= from - n;
}

static void extract_line(void *ctx, struct slice line)
{
	struct log_extract *x = ctx;

	if (!is_kept(line)) {
		note_time(x, line);
		return;
	}
	x->begun = true;
	*x->last = '\0';
	line = cut_subject(line);
	if (x->anonymise)
		put_anonymous(&x->text, line);
	else
		buf_add(&x->text, line.p, line.n);
	buf_add(&x->text, "\n", 1);
	if (x->text.len > 2 * (size_t)RECORDER_LOG_MAX)
		drop_oldest(&x->text);
}

static void keep_log(struct recorder *r, const char *row, int fd)
{
	struct log_extract x = { .text = BUF_INIT(4 * (size_t)RECORDER_LOG_MAX),
		.anonymise = r->anonymise };

	if (log_lines(fcntl(fd, F_DUPFD_CLOEXEC, 3), extract_line, &x))
		return;
	put_time(&x);
	if (x.text.len > RECORDER_LOG_MAX)
		drop_oldest(&x.text);
	json_object_object_add(r->files, row, recording_encode(
		x.text.data ? x.text.data : "", x.text.len));
	buf_free(&x.text);
}

static void keep_mode(struct recorder *r, const char *row,
		      const struct world_mode *mode)
{
	json_object *o = json_object_new_object();

	json_put_number(o, "mode", mode->mode);
	json_put_number(o, "uid", mode->uid);
	json_object_object_add(r->modes, row, o);
}

/* Of passwd nobody needs more than names and numbers. */
static void keep_users(struct recorder *r, const char *row, struct slice text)
{
	struct buf b = BUF_INIT(text.n + 1);
	struct slice line;

	while (slice_line(&text, &line)) {
		size_t n = 0;

		for (int colons = 0; n < line.n && (line.p[n] != ':' || ++colons < 4); n++)
			;
		buf_add(&b, line.p, n);
		buf_add(&b, "\n", 1);
	}
	json_object_object_add(r->files, row, recording_encode(b.data ? b.data : "", b.len));
	buf_free(&b);
}

static int keep_file(struct recorder *r, enum world_file f, int fd, struct err *e)
{
	const struct world_file_row *row = &world_files[f];
	struct arena a = ARENA_INIT;
	char *text;
	size_t n;
	int rc = io_read_all(fd, row->max_size, &a, &text, &n, row->row, e);

	if (!rc && f == WORLD_PASSWD)
		keep_users(r, row->row, (struct slice){ text, n });
	else if (!rc)
		json_object_object_add(r->files, row->row, recording_encode(text, n));
	arena_clear(&a);
	return rc;
}

/* Without its local parts a forwarder says nothing, or what is not so. */
static bool is_directory(enum world_file f)
{
	const char *path = world_files[f].path;

	return path && path[strlen(path) - 1] == '/';
}

static int file(struct world *w, enum world_file f, struct world_mode *mode,
		struct err *e)
{
	struct recorder *r = (struct recorder *)w;
	int fd = r->inner->ops->file(r->inner, f, mode, e), rc = 0;

	if (fd < 0 || (r->anonymise && is_directory(f)))
		return fd;
	keep_mode(r, world_files[f].row, mode);
	if (f == WORLD_EXIM_MAINLOG || f == WORLD_EXIM_MAINLOG_1 || f == WORLD_MAILLOG ||
	    f == WORLD_MAILLOG_1 || f == WORLD_KERNEL_MESSAGES || f == WORLD_KERNEL_LOG)
		keep_log(r, world_files[f].row, fd);
	else
		rc = keep_file(r, f, fd, e);
	if (!rc && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	close(fd);
	return rc ? -1 : err_set(e, ERR_UNAVAILABLE, "%s cannot be read again",
				 world_files[f].row);
}

/* ---- commands --------------------------------------------------------- */

static int command(struct world *w, enum world_command c, const char *arg,
		   const char *arg2, struct arena *a, char **out, size_t *n,
		   struct err *e)
{
	struct recorder *r = (struct recorder *)w;
	struct buf b = BUF_INIT(64u << 20);
	char key[600];

	recording_command_key(key, c, arg, arg2);
	if (r->inner->ops->command(r->inner, c, arg, arg2, a, out, n, e)) {
		json_object *o = json_object_new_object();

		json_put_number(o, "code", e->code);
		json_put_text(o, "text", e->text);
		json_object_object_add(r->failures, key, o);
		return -1;
	}
	if (r->anonymise && (c == WORLD_LIST_POPS || c == WORLD_MAILBOX_STATUS))
		put_anonymous(&b, (struct slice){ *out, *n });
	else
		buf_add(&b, *out, *n);
	json_put_text(r->commands, key, b.data ? b.data : "");
	buf_free(&b);
	return 0;
}

/* ---- DNS -------------------------------------------------------------- */

struct dns_listener {
	struct dns_batch b;	/* first: what the inner world sees */
	struct dns_batch *outer;
	struct recorder *r;
};

struct asked {
	struct dns_question q;
	void *tag;
};

static bool next(struct dns_batch *b, struct dns_question *q, void **tag)
{
	struct dns_listener *l = (struct dns_listener *)b;
	struct asked *asked = malloc(sizeof(*asked));

	if (!asked)
		abort();
	if (!l->outer->next(l->outer, q, &asked->tag)) {
		free(asked);
		return false;
	}
	asked->q = *q;
	*tag = asked;
	return true;
}

static void answer(struct dns_batch *b, void *tag, enum dns_status status,
		   const unsigned char *packet, size_t n)
{
	struct dns_listener *l = (struct dns_listener *)b;
	struct asked *asked = tag;
	json_object *o = json_object_new_object();
	char key[340];

	recording_dns_key(key, &asked->q);
	json_put_number(o, "status", status);
	if (packet)
		json_object_object_add(o, "packet", recording_encode(packet, n));
	json_object_object_add(l->r->dns, key, o);
	l->outer->answer(l->outer, asked->tag, status, packet, n);
	free(asked);
}

static int dns(struct world *w, struct dns_batch *outer, struct err *e)
{
	struct recorder *r = (struct recorder *)w;
	struct dns_listener l = {
		.b = { .next = next, .answer = answer }, .outer = outer, .r = r,
	};

	return r->inner->ops->dns(r->inner, &l.b, e);
}

/* ---- ports ------------------------------------------------------------ */

static int talk(struct world *w, const struct smtp_place *to, struct arena *a,
		char **out, size_t *n, struct err *e)
{
	struct recorder *r = (struct recorder *)w;
	char key[80];

	if (r->inner->ops->talk(r->inner, to, a, out, n, e))
		return -1;
	recording_talk_key(key, to);
	json_put_text(r->talks, key, *out);
	return 0;
}

/* ---- addresses -------------------------------------------------------- */

static void keep_ips(struct recorder *r, const char *key, const struct ip *ips, size_t n)
{
	json_object *list = json_object_new_array();
	char text[IP_TEXT_MAX];

	for (size_t i = 0; i < n; i++)
		json_object_array_add(list, json_object_new_string(ip_text(text, &ips[i])));
	json_object_object_add(r->world, key, list);
}

static int resolvers(struct world *w, struct ip *out, size_t max, size_t *n,
		     struct err *e)
{
	struct recorder *r = (struct recorder *)w;

	if (r->inner->ops->resolvers(r->inner, out, max, n, e))
		return -1;
	keep_ips(r, "resolvers", out, *n);
	return 0;
}

static int addresses(struct world *w, struct arena *a, struct ip **out,
		     size_t *n, struct err *e)
{
	struct recorder *r = (struct recorder *)w;

	if (r->inner->ops->addresses(r->inner, a, out, n, e))
		return -1;
	keep_ips(r, "addresses", *out, *n);
	return 0;
}

/* ----------------------------------------------------------------------- */

static void close_recorder(struct world *w)
{
	struct recorder *r = (struct recorder *)w;

	json_object_put(r->world);
	json_object_put(r->files);
	free(r);
}

static const struct world_ops ops = {
	.kind = "live", .file = file, .command = command, .dns = dns,
	.resolvers = resolvers, .addresses = addresses, .talk = talk,
	.close = close_recorder,
};

struct world *recorder_new(struct world *inner, bool anonymise)
{
	struct recorder *r = calloc(1, sizeof(*r));

	if (!r)
		abort();
	r->w = *inner;
	r->w.ops = &ops;
	r->w.state_dir = NULL;	/* a recording has every answer, not those of last time */
	r->inner = inner;
	r->anonymise = anonymise;
	r->world = json_object_new_object();
	r->files = json_object_new_object();
	r->modes = json_object_new_object();
	r->commands = json_object_new_object();
	r->failures = json_object_new_object();
	r->dns = json_object_new_object();
	r->talks = json_object_new_object();
	json_put_text(r->world, "schema", RECORDING_SCHEMA);
	json_put_number(r->world, "now", inner->now);
	json_put_text(r->world, "hostname", inner->hostname);
	json_put_flag(r->world, "resolver_is_public", inner->resolver_is_public);
	json_object_object_add(r->world, "modes", r->modes);
	json_object_object_add(r->world, "commands", r->commands);
	json_object_object_add(r->world, "failures", r->failures);
	json_object_object_add(r->world, "dns", r->dns);
	json_object_object_add(r->world, "talks", r->talks);
	return &r->w;
}

json_object *recorder_take(struct world *w)
{
	struct recorder *r = (struct recorder *)w;
	json_object *o = json_object_new_object();

	json_object_object_add(o, "world", r->world);
	json_object_object_add(o, "files", r->files);
	r->world = r->files = NULL;
	return o;
}
