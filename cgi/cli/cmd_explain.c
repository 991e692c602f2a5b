#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "cli/command.h"
#include "cli/input.h"
#include "cli/local.h"
#include "engine/explain.h"
#include "render/explanation.h"
#include "render/text.h"

static int run(int argc, char **argv);

const struct command_word command_explain = {
	.name = "explain",
	.usage = "[FILE|-] [--root DIR | --world DIR] [--resolver IP[:PORT]] [--json]",
	.help = "a bounce, a log line or an SMTP error: the cause, and who must do what",
	.run = run,
};

static int read_text(const char *file, struct arena *a, struct slice *text, struct err *e)
{
	char *data;
	int fd = input_open(file, e), rc;

	if (fd < 0)
		return -1;
	rc = io_read_all(fd, EXPLAIN_MAX, a, &data, &text->n, input_name(file), e);
	close(fd);
	if (rc && e->code == ERR_LIMIT)		/* too much was asked */
		e->code = ERR_INPUT;
	text->p = data;
	return rc;
}

static int ask(const struct place *p, struct slice text, json_object **result, struct err *e)
{
	json_object *request = json_object_new_object();
	int rc;

	json_put_text(request, "op", "explain");
	json_object_object_add(request, "text",
			       json_object_new_string_len(text.p, (int)text.n));
	rc = place_ask(p, request, false, result, e);
	json_object_put(request);
	return rc;
}

/* Where no server can be asked, by the text alone. */
static int explain(const struct place *p, const char *file, struct arena *a,
		   json_object **result, struct err *e)
{
	bool elsewhere = p->root || p->world || p->server;
	struct explanation x;
	struct slice text;
	struct err why;

	if (read_text(file, a, &text, e))
		return -1;
	if (!ask(p, text, result, &why))
		return 0;
	*e = why;
	if (elsewhere || why.code != ERR_UNAVAILABLE || give_up_root(e))
		return -1;
	explain_text(text, a, &x);
	*result = explanation_json(&x, NULL, why.text);
	return 0;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		PLACE_OPTIONS,
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 }
	};
	struct place place = { .root = NULL };
	struct arena a = ARENA_INIT;
	json_object *o = NULL;
	bool json = false;
	struct err e;
	int c, rc;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'j')
			json = true;
		else if (!place_take(&place, c, optarg))
			return usage_error(&command_explain, "'%.100s' is no option here, or lacks its value",
					   argv[optind - 1]);
	}
	if (argc > optind + 1)
		return usage_error(&command_explain, "it reads one text");
	rc = place_check(&place, &command_explain);
	if (rc)
		return rc;
	rc = explain(&place, argv[optind], &a, &o, &e);
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
