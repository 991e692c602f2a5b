#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/json.h"
#include "sources/recorder.h"

struct recorder {
	struct world w;
	struct world *inner;
	bool anonymise;
	json_object *world, *files, *commands, *dns;
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
	return false;
}

static void keep_log(struct recorder *r, const char *row, struct slice text)
{
	struct buf b = BUF_INIT(2 * (size_t)RECORDER_LOG_MAX);
	struct slice line;

	if (text.n > RECORDER_LOG_MAX) {
		text.p += text.n - RECORDER_LOG_MAX;
		text.n = RECORDER_LOG_MAX;
		slice_cut(&text, '\n');
	}
	while (slice_line(&text, &line)) {
		if (!is_kept(line))
			continue;
		line = cut_subject(line);
		if (r->anonymise)
			put_anonymous(&b, line);
		else
			buf_add(&b, line.p, line.n);
		buf_add(&b, "\n", 1);
	}
	json_object_object_add(r->files, row, recording_encode(b.data ? b.data : "", b.len));
	buf_free(&b);
}

static int file(struct world *w, enum world_file f, struct err *e)
{
	struct recorder *r = (struct recorder *)w;
	bool log = f == WORLD_EXIM_MAINLOG || f == WORLD_EXIM_MAINLOG_1;
	struct arena a = ARENA_INIT;
	struct slice text;
	int fd;

	if (world_text(r->inner, f, &a, &text, e)) {
		arena_clear(&a);
		return -1;
	}
	if (log)
		keep_log(r, world_files[f].row, text);
	else
		json_object_object_add(r->files, world_files[f].row,
				       recording_encode(text.p, text.n));
	fd = io_memfd(world_files[f].row, text.p, text.n);
	arena_clear(&a);
	return fd < 0 ? err_set(e, ERR_UNAVAILABLE, "no memory file") : fd;
}

/* ---- commands --------------------------------------------------------- */

static int command(struct world *w, enum world_command c, const char *arg,
		   const char *arg2, struct arena *a, char **out, size_t *n,
		   struct err *e)
{
	struct recorder *r = (struct recorder *)w;
	struct buf b = BUF_INIT(64u << 20);
	char key[600];

	if (r->inner->ops->command(r->inner, c, arg, arg2, a, out, n, e))
		return -1;
	recording_command_key(key, c, arg, arg2);
	if (r->anonymise && (c == WORLD_LIST_POPS || c == WORLD_MAILBOX_STATUS))
		put_anonymous(&b, (struct slice){ *out, *n });
	else
		buf_add(&b, *out, *n);
	json_put_text(r->commands, key, b.data ? b.data : "");
	buf_free(&b);
	return 0;
}

/* ---- DNS -------------------------------------------------------------- */

struct listener {
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
	struct listener *l = (struct listener *)b;
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
	struct listener *l = (struct listener *)b;
	struct asked *asked = tag;
	json_object *o = json_object_new_object();
	char key[300];

	recording_dns_key(key, asked->q.name, asked->q.type);
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
	struct listener l = { { next, answer }, outer, r };

	return r->inner->ops->dns(r->inner, &l.b, e);
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
	.resolvers = resolvers, .addresses = addresses, .close = close_recorder,
};

struct world *recorder_new(struct world *inner, bool anonymise)
{
	struct recorder *r = calloc(1, sizeof(*r));

	if (!r)
		abort();
	r->w = *inner;
	r->w.ops = &ops;
	r->inner = inner;
	r->anonymise = anonymise;
	r->world = json_object_new_object();
	r->files = json_object_new_object();
	r->commands = json_object_new_object();
	r->dns = json_object_new_object();
	json_put_text(r->world, "schema", RECORDING_SCHEMA);
	json_put_number(r->world, "now", inner->now);
	json_put_text(r->world, "hostname", inner->hostname);
	json_put_flag(r->world, "resolver_is_public", inner->resolver_is_public);
	json_object_object_add(r->world, "commands", r->commands);
	json_object_object_add(r->world, "dns", r->dns);
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
