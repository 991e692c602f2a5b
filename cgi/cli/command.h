#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/err.h"

/* Exit statuses of every command (a contract with scripts). */
enum exit_status {
	EXIT_FINE = 0,
	EXIT_FOUND = 1,		/* a critical finding or a warning that is not muted; a
				 * change refused */
	EXIT_USAGE = 2,
	EXIT_BLIND = 3,		/* the domain lists or all DNS could not be read */
};

/* One word of the command line. argv[0] is that word. Results go to stdout,
 * everything said to a person goes to stderr. */
struct command_word {
	const char *name;
	const char *usage;	/* its arguments */
	const char *help;	/* one line; NULL: not for people, not listed */
	const char *about;	/* what --help of this word alone adds; or NULL */
	int (*run)(int argc, char **argv);
};

extern const struct command_word *const all_commands[];

#define COMMAND(id) extern const struct command_word command_##id
COMMAND(scan);
COMMAND(show);
COMMAND(fix);
COMMAND(undo);
COMMAND(history);
COMMAND(checks);
COMMAND(fixes);
COMMAND(record);
COMMAND(log);
COMMAND(explain);
COMMAND(probe);
COMMAND(metrics);
COMMAND(doctor);
COMMAND(scan_service);
#undef COMMAND

/* Prints "relaydoctor WORD: why", the usage, and gives EXIT_USAGE. */
__attribute__((format(printf, 2, 3)))
int usage_error(const struct command_word *c, const char *fmt, ...);
/* Prints e and gives the exit status that suits it. */
int failed(const struct err *e);
/* o as one JSON text and a line feed on stdout; takes o over. */
void print_json(json_object *o);

#endif
