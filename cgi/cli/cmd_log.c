#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/input.h"
#include "cli/local.h"
#include "render/log_line.h"
#include "sources/log.h"

#define LINE_OUT_MAX (1u << 20)

static int run(int argc, char **argv);

const struct command_word command_log = {
	.name = "log",
	.usage = "parse [FILE] [--json]",
	.help = "what the lines of an Exim log say",
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

/* ---- words ------------------------------------------------------------ */

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 }
	};
	bool json = false;
	const char *verb;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'j')
			return usage_error(&command_log, "'%.100s' is no option here",
					   argv[optind - 1]);
		json = true;
	}
	verb = optind < argc ? argv[optind++] : "";
	if (!strcmp(verb, "parse")) {
		if (argc > optind + 1)
			return usage_error(&command_log, "parse reads one file");
		return parse(argv[optind], json);
	}
	return usage_error(&command_log, "say what to do with the log: parse");
}
