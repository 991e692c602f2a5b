#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <json-c/json.h>
#include <stdbool.h>

/*
 * How far a long work is, on stderr: a bar in one line where that is a terminal that
 * can go back to the start of one (TERM is not "dumb"), else a line a step.
 */
struct progress {
	bool bar;	/* draw one */
	bool drawn;	/* it stands there now */
	bool told;	/* the first finding */
};

/* Whether somebody looks on: a bar is then drawn without being asked for. */
bool progress_is_watched(void);
struct progress progress_begin(void);
/* ctx: struct progress; o: as engine/ask.h tells it. */
void progress_say(void *ctx, json_object *o);
void progress_end(struct progress *p);	/* takes the bar away */

#endif
