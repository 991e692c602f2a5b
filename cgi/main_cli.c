/* The command line: one word, one file in cli/. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"

static int help(FILE *out)
{
	fputs("relaydoctor finds why mail is refused on this server, proves it, and fixes it\n"
	      "so that the fix can be undone.\n\n", out);
	for (size_t i = 0; all_commands[i]; i++)
		if (all_commands[i]->help)
			fprintf(out, "  relaydoctor %s %s\n      %s\n", all_commands[i]->name,
				all_commands[i]->usage, all_commands[i]->help);
	fputs("\nExit status: 0 fine · 1 something critical or a warning that is not muted, or a\n"
	      "change refused · 2 usage · 3 the domain lists or all DNS could not be read.\n", out);
	return out == stdout ? EXIT_FINE : EXIT_USAGE;
}

static int explain(const struct command_word *c)
{
	printf("relaydoctor %s %s\n    %s\n", c->name, c->usage, c->help);
	if (c->about)
		printf("\n%s", c->about);
	return EXIT_FINE;
}

static int command(int argc, char **argv)
{
	if (argc < 2)
		return help(stderr);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help"))
		return help(stdout);
	for (size_t i = 0; all_commands[i]; i++) {
		const struct command_word *c = all_commands[i];

		if (strcmp(c->name, argv[1]))
			continue;
		/* Of "log summary --help", too. */
		return argc > 2 && argc < 5 && c->help && !strcmp(argv[argc - 1], "--help") ?
			explain(c) : c->run(argc - 1, argv + 1);
	}
	fprintf(stderr, "relaydoctor: there is no command '%.50s'; relaydoctor --help lists them\n",
		argv[1]);
	return EXIT_USAGE;
}

/* Findings that could not be written were not told: no status may call it fine. */
int main(int argc, char **argv)
{
	int status = command(argc, argv);

	if (!fflush(stdout) && !ferror(stdout))
		return status;
	fprintf(stderr, "relaydoctor: the output could not be written: %s\n", strerror(errno));
	return EXIT_BLIND;
}
