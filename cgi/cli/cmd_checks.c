#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "render/text.h"
#include "render/view.h"

static int run_checks(int argc, char **argv);
static int run_fixes(int argc, char **argv);

const struct command_word command_checks = {
	.name = "checks", .usage = "[--json]",
	.help = "what is checked, and why it matters", .run = run_checks,
};

const struct command_word command_fixes = {
	.name = "fixes", .usage = "[--json]",
	.help = "what can be changed with one click, and what it risks", .run = run_fixes,
};

static int print(const struct command_word *c, int argc, char **argv,
		 json_object *list, void (*text)(FILE *, json_object *))
{
	bool json = argc == 2 && !strcmp(argv[1], "--json");

	if (json) {
		print_json(list);
		return EXIT_FINE;
	}
	if (argc == 1)
		text(stdout, list);
	json_object_put(list);
	return argc == 1 ? EXIT_FINE : usage_error(c, "it takes no words");
}

static int run_checks(int argc, char **argv)
{
	return print(&command_checks, argc, argv, view_checks(), text_checks);
}

static int run_fixes(int argc, char **argv)
{
	return print(&command_fixes, argc, argv, view_fixes(), text_fixes);
}
