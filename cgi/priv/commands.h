#ifndef PRIV_COMMANDS_H
#define PRIV_COMMANDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The programs that the helper starts: full path, fixed argv with values only
 * where a value stands, empty environment, a deadline each. What they print is
 * a sealed memory file, the caller's.
 */

/* argv is NULL-ended; worst is the highest exit status that still is an answer. */
int command_output(const char *const *argv, int worst, struct err *e);

/* A command that changes something, holding the lock. 0 once it has ended; failed
 * is "" or says with which status and in what words. What it prints is nobody's. */
int command_change(const char *const *argv, int64_t deadline_ms, int lock,
		   char failed[200], struct err *e);
/* One that is talked to: its standard input is `input`; what it wrote to standard
 * error comes behind its standard output, 1 MiB of each at most. */
int command_talk(const char *const *argv, const char *input, int worst, struct err *e);

/* One of several fixed commands, asked for by its name: ERR_NOT_FOUND when its
 * program is not installed, ERR_UNAVAILABLE when it ends with a status. */
struct command_row {
	const char *name;
	const char *const argv[6];	/* NULL-ended */
};

int command_row_output(const struct command_row *rows, size_t n,
		       const char *name, struct err *e);

#define UAPI_ARGS 10	/* a zone, its serial, and each record of a set of MX */
#define UAPI_VALUE_MAX 1600	/* percent-encoded, with its key */

struct uapi_call {
	/* account NULL: WHM API 1's function, as root, and no module. */
	const char *account, *module, *function;
	const char *key[UAPI_ARGS], *value[UAPI_ARGS];	/* key NULL: no more */
	int64_t deadline_ms;		/* 0: COMMAND_READ_MS */
	int lock;			/* inherited by the program, or -1 */
};

#define COMMAND_READ_MS 20000
#define COMMAND_WRITE_MS 30000

/* `uapi --output=json --user=ACCOUNT Module function key=value`, or `whmapi1
 * --output=json function key=value`, every value percent-encoded. *status is its exit status: not 0 is no success, whatever
 * the output says. */
int command_uapi(const struct uapi_call *c, int *status, struct err *e);
/* The same where anything but exit status 0 is ERR_UNAVAILABLE. */
int command_uapi_read(const struct uapi_call *c, struct err *e);

/* A program that changes something and speaks for people: what it said, its
 * first line. Its exit status says nothing. ERR_NOT_FOUND: it is not installed. */
int command_said(const char *const *argv, int lock, char said[200], struct err *e);

#endif
