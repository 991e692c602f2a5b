#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "cli/command.h"
#include "cli/input.h"
#include "cli/local.h"
#include "engine/explain.h"
#include "render/explanation.h"
#include "render/text.h"

static int run(int argc, char **argv);

const struct command_word command_explain = {
	.name = "explain",
	.usage = "[FILE|-] [--json]",
	.help = "a bounce, a log line or an SMTP error: the cause, and who must do what",
	.run = run,
};

static int explain(const char *file, struct arena *a, json_object **result,
		   struct err *e)
{
	struct explanation x;
	struct slice text;
	char *data;
	int fd = input_open(file, e), rc;

	if (fd < 0 || give_up_root(e))
		return -1;
	rc = io_read_all(fd, EXPLAIN_MAX, a, &data, &text.n, input_name(file), e);
	close(fd);
	if (rc && e->code == ERR_LIMIT)		/* too much was asked */
		e->code = ERR_INPUT;
	if (rc)
		return -1;
	text.p = data;
	explain_text(text, a, &x);
	*result = explanation_json(&x);
	return 0;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 }
	};
	struct arena a = ARENA_INIT;
	json_object *o = NULL;
	bool json = false;
	struct err e;
	int c, rc;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'j')
			return usage_error(&command_explain, "'%.100s' is no option here",
					   argv[optind - 1]);
		json = true;
	}
	if (argc > optind + 1)
		return usage_error(&command_explain, "it reads one text");
	rc = explain(argv[optind], &a, &o, &e);
	arena_clear(&a);
	if (rc)
		return failed(&e);
	if (json)
		print_json(o);
	else {
		text_explanation(stdout, o);
		json_object_put(o);
	}
	return EXIT_FINE;
}
