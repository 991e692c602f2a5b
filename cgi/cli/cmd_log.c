#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/input.h"
#include "cli/local.h"
#include "mail/when.h"
#include "render/log_line.h"
#include "render/log_summary.h"
#include "render/text.h"
#include "sources/log.h"
#include "sources/log_follow.h"

#define LINE_OUT_MAX (1u << 20)

static int run(int argc, char **argv);

const struct command_word command_log = {
	.name = "log",
	.usage = "parse [FILE] [--json] | summary [FILE]... [--since T] [--state DIR] [--json]",
	.help = "what the lines of an Exim log say, one by one or counted",
	.run = run,
};

/* ---- parse ------------------------------------------------------------ */

struct writer {
	struct buf b;
	void (*write)(struct buf *b, const struct exim_log_line *x);
};

static void write_line(void *ctx, struct slice line)
{
	struct writer *w = ctx;
	struct exim_log_line x;

	exim_log_parse(line, &x);
	w->b.len = 0;
	w->write(&w->b, &x);
	fwrite(w->b.data, 1, w->b.len, stdout);
}

static int parse(const char *file, bool json)
{
	struct writer w = { .b = BUF_INIT(LINE_OUT_MAX),
		.write = json ? log_line_json : log_line_text };
	struct err e;
	int rc, fd = input_open(file, &e);

	if (fd < 0 || give_up_root(&e))
		return failed(&e);
	rc = log_lines_all(fd, input_name(file), write_line, &w, &e);
	buf_free(&w.b);
	return rc ? failed(&e) : EXIT_FINE;
}

/* ---- summary ---------------------------------------------------------- */

struct options {
	bool json;
	const char *state;	/* where counts are kept, or NULL */
	struct log_since since;
};

static void count_line(void *ctx, struct slice line)
{
	log_summary_line(ctx, line);
}

/* "7d", "24h" or "30m" ago, or a time as logs write it. */
static bool read_since(const char *text, struct log_since *out)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 } };
	struct slice s = slice_of(text);
	uint64_t n;
	bool zulu;

	out->given = true;
	for (size_t i = 0; s.n && i < sizeof(units) / sizeof(*units); i++)
		if (s.p[s.n - 1] == units[i].unit &&
		    slice_uint((struct slice){ s.p, s.n - 1 }, 1000000, &n)) {
			out->utc = (int64_t)time(NULL) - (int64_t)n * units[i].seconds;
			out->wall = log_wall_here(out->utc);
			return true;
		}
	if (!when_read(s, &out->wall, &zulu))
		return false;
	out->utc = zulu ? out->wall : log_utc_here(out->wall);
	if (zulu)
		out->wall = log_wall_here(out->utc);
	return true;
}

/* All files are opened before what is in the first is read: after that there
 * is no root to open them. */
static int open_all(char **files, int n, int *fd, struct err *e)
{
	for (int i = 0; i < n; i++) {
		fd[i] = input_open(files[i], e);
		if (fd[i] < 0) {
			while (i)
				close(fd[--i]);
			return -1;
		}
	}
	return 0;
}

/* A file that cannot be read to its end is told of, and the rest counted. */
static int count_all(struct log_summary *s, char **files, const int *fd, int n)
{
	struct err e;
	int rc = EXIT_FINE;

	for (int i = 0; i < n; i++)
		if (log_lines_all(fd[i], input_name(files[i]), count_line, s, &e))
			rc = failed(&e);
	return rc;
}

/* By its name; all that is no other is the main log. */
static enum log_kind kind_of(const char *file)
{
	return strstr(file, "rejectlog") ? LOG_REJECT :
		strstr(file, "paniclog") ? LOG_PANIC : LOG_MAIN;
}

static void begin(struct log_summary *s, const struct log_since *since, struct arena *a)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
		seed = 0;
	log_summary_init(s, since, seed, a);
}

/* What is kept in o->state, after what is new in the files was added to it. */
static int sum_up_kept(struct log_summary *s, const struct options *o, char **files,
		       const int *fd, int n, struct arena *a)
{
	struct log_source *sources = arena_zalloc(a, ((size_t)n + 1) * sizeof(*sources));
	int32_t today = (int32_t)(log_wall_here((int64_t)time(NULL)) / 86400);
	struct log_store *store = arena_zalloc(a, sizeof(*store));
	struct err e;
	int rc;

	for (int i = 0; i < n; i++)
		sources[i] = (struct log_source){ kind_of(files[i]), fd[i], files[i] };
	rc = log_store_open(store, o->state, (int64_t)time(NULL), &e) ||
		(n && log_follow(store, sources, (size_t)n, today, &e));
	begin(s, &o->since, a);		/* its room is not needed before */
	rc = rc || log_store_sum_up(store, s, &e) ? failed(&e) : EXIT_FINE;
	log_store_close(store);
	return rc;
}

static void print_summary(struct log_summary *s, bool json)
{
	json_object *o = log_summary_json(s);

	if (json) {
		print_json(o);
		return;
	}
	text_log_summary(stdout, o);
	json_object_put(o);
}

static int summary(char **files, int n, const struct options *o)
{
	char *no_file[] = { NULL };
	struct arena a = ARENA_INIT;
	struct log_summary s;
	int *fd, rc;
	struct err e;

	if (!n && !o->state) {
		files = no_file;
		n = 1;
	}
	fd = arena_zalloc(&a, ((size_t)n + 1) * sizeof(*fd));
	if (open_all(files, n, fd, &e) || give_up_root(&e)) {
		arena_clear(&a);
		return failed(&e);
	}
	if (o->state) {
		rc = sum_up_kept(&s, o, files, fd, n, &a);
	} else {
		begin(&s, &o->since, &a);
		rc = count_all(&s, files, fd, n);
	}
	if (!o->state || rc == EXIT_FINE)
		print_summary(&s, o->json);
	arena_clear(&a);
	return rc;
}

/* ---- words ------------------------------------------------------------ */

static int take_options(int argc, char **argv, struct options *o)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "since", required_argument, NULL, 's' },
		{ "state", required_argument, NULL, 'S' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'j')
			o->json = true;
		else if (c == 'S')
			o->state = optarg;
		else if (c != 's')
			return usage_error(&command_log, "'%.100s' is no option here, or lacks its value",
					   argv[optind - 1]);
		else if (!read_since(optarg, &o->since))
			return usage_error(&command_log, "'%.100s' is no time: 2026-11-24, '2026-11-24 10:00' or 7d",
					   optarg);
	}
	return 0;
}

static int run(int argc, char **argv)
{
	struct options o = { .json = false };
	int rc = take_options(argc, argv, &o), n;
	const char *verb = optind < argc ? argv[optind++] : "";

	if (rc)
		return rc;
	n = argc - optind;
	if (!strcmp(verb, "summary"))
		return summary(argv + optind, n, &o);
	if (strcmp(verb, "parse"))
		return usage_error(&command_log, "say what to do with the log: parse or summary");
	if (n > 1)
		return usage_error(&command_log, "parse reads one file");
	if (o.since.given || o.state)
		return usage_error(&command_log, "parse takes no time and keeps nothing");
	return parse(argv[optind], o.json);
}
