#include <getopt.h>
#include <stdio.h>

#include "base/json.h"
#include "cli/command.h"
#include "cli/local.h"
#include "render/text.h"

static int run(int argc, char **argv);

const struct command_word command_scan = {
	.name = "scan",
	.usage = "[--root DIR | --world DIR] [--resolver IP[:PORT]] [--address IP]... "
		"[--domain D]... [--check ID]... [--json] [--progress]",
	.help = "judge this server (or a directory, or a recording) and say what is wrong",
	.run = run,
};

struct wish {
	struct place place;
	json_object *request;
	bool json, progress;
};

/* --domain, --address and --check may come often: each adds to a list, which
 * whoever answers the request looks through. */
static int add_name(json_object *request, const char *list, const char *value)
{
	json_object *array = json_member(request, list);

	if (!array) {
		array = json_object_new_array();
		json_object_object_add(request, list, array);
	}
	json_object_array_add(array, json_new_text(value));
	return 0;
}

/* word: what stands on the command line there. */
static int take_option(struct wish *w, int c, const char *word)
{
	switch (c) {
	case 'r': w->place.root = optarg; return 0;
	case 'w': w->place.world = optarg; return 0;
	case 'R': w->place.resolver = optarg; return 0;
	case 'j': w->json = true; return 0;
	case 'p': w->progress = true; return 0;
	case 'a': return add_name(w->request, "addresses", optarg);
	case 'd': return add_name(w->request, "domains", optarg);
	case 'c': return add_name(w->request, "checks", optarg);
	default: return usage_error(&command_scan, "'%.100s' is no option here, or lacks its value", word);
	}
}

static int take_options(struct wish *w, int argc, char **argv)
{
	static const struct option options[] = {
		{ "root", required_argument, NULL, 'r' },
		{ "world", required_argument, NULL, 'w' },
		{ "resolver", required_argument, NULL, 'R' },
		{ "address", required_argument, NULL, 'a' },
		{ "domain", required_argument, NULL, 'd' },
		{ "check", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "progress", no_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 }
	};
	int c, rc = 0;

	opterr = 0;
	while (!rc && (c = getopt_long(argc, argv, "", options, NULL)) != -1)
		rc = take_option(w, c, argv[optind - 1]);
	if (!rc && optind < argc)
		rc = usage_error(&command_scan, "'%.100s' is one word too many", argv[optind]);
	if (!rc && w->place.root && w->place.world)
		rc = usage_error(&command_scan, "--root and --world exclude each other");
	return rc;
}

static int run(int argc, char **argv)
{
	struct wish w = { .request = json_object_new_object() };
	json_object *result = NULL;
	struct err e;
	int rc = take_options(&w, argc, argv);

	if (rc) {
		json_object_put(w.request);
		return rc;
	}
	json_put_text(w.request, "op", "scan");
	rc = place_ask(&w.place, w.request, w.progress, &result, &e);
	json_object_put(w.request);
	if (rc)
		return failed(&e);
	rc = place_status(result);
	if (w.json)
		print_json(result);
	else {
		text_findings(stdout, result);
		json_object_put(result);
	}
	return rc;
}
