#ifndef BASE_RUN_H
#define BASE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * A program started by full path with a fixed argv and an empty environment;
 * no shell. Its standard output goes into an anonymous file, sealed against
 * change and handed over only after it ended.
 */
struct command {
	const char *const *argv;	/* argv[0] is the full path; NULL-ended */
	int64_t deadline_ms;		/* then its process group is killed */
	uint64_t max_output;		/* bytes on either; then it is killed as well */
	int keep_fd;			/* a lock the child shall inherit, or -1 */
	const char *input;		/* its standard input; NULL: none */
	bool errors_too;		/* what it wrote to standard error goes behind
					 * its standard output */
};

struct command_result {
	int out;	/* sealed memfd, offset 0; the caller closes it */
	int status;	/* exit status; 128 + N when ended by signal N */
	char first_error[200];	/* first line of its standard error */
};

/* 0 once the program ended, whatever its status; -1 when it could not be
 * started, overran its deadline or its output limit (nothing is left open). */
int run_command(const struct command *c, struct command_result *r, struct err *e);

#endif
