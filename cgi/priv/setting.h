#ifndef PRIV_SETTING_H
#define PRIV_SETTING_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

struct ask;
struct change;

/*
 * What a verb changes, as one text that can be read, set and put back: for a
 * domain its Email Routing, for one. Change, undo and recovery are the same for
 * all; a verb's row names the setting that it changes.
 */
#define SETTING_MAX 256		/* a value and its NUL, as in entry.h */

struct setting_act {
	int lock;		/* inherited by the program that sets */
	const char *account, *name;
	const char *before;	/* what was read just now */
	const char *value;
	/* Of a guarded setting: the packet filter's rules are put back as they
	 * were by guard.h; only what they are made from is to be written. */
	bool rules_apart;
	/* They are not the rules that the value makes, even where it stands already. */
	bool rules_anew;
};

struct setting {
	const char *what;	/* "the routing" (of shop.example) */
	/* The server's, no account's: the verb's row lets root and administrators
	 * ask alone, and name is no domain. */
	bool of_server;
	/* It changes the packet filter: guard.h puts the old rules back unless
	 * somebody keeps the change in time. */
	bool guarded;
	/* Of a guarded one: it touches no rules but its own, so that its old value is all
	 * that there is to put back; no rules are saved. */
	bool alone;
	/* Why it cannot be put back, once changed; NULL: it can. */
	const char *no_undo;
	/* What is in force. ERR_NOT_FOUND: there is no such thing. */
	int (*read)(const char *account, const char *name,
		    char value[SETTING_MAX], struct err *e);
	/* Sets the value; a is for what that takes. What is read afterwards decides. */
	int (*apply)(const struct setting_act *x, struct arena *a, struct err *e);
	/* In its place where reading once is not enough: as setting_write below. */
	int (*write)(const struct setting_act *x, char found[SETTING_MAX],
		     char note[256], struct err *e);
	/*
	 * That the value, in force already, has its effect, seen by the helper
	 * alone: a job has nobody else to look. -1 with a clause that says what
	 * speaks against it. NULL: this setting is changed one by one.
	 */
	int (*verify)(const char *account, const char *name, const char *value,
		      struct err *e);
};

/*
 * Sets the value and reads it back: what is read decides. 0: it is in force, and
 * note says what was odd on the way, or "". -1: it is not; found is what is, ""
 * when that could not be read.
 */
int setting_write(const struct setting *s, const struct setting_act *x,
		  char found[SETTING_MAX], char note[256], struct err *e);
/* The end of a write that has done its act with rc: what is read now decides. */
int setting_found(const struct setting *s, const struct setting_act *x, int rc,
		  char found[SETTING_MAX], struct err *e);

/* The run of a verb whose row names a setting: lock, owner, still as expected,
 * journal, write, read back, report. */
int setting_change(struct ask *a, struct err *e);
/*
 * The same under a lock that is held. A row of a job (a->parent) is verified,
 * and KEPT or put back at once; what it was refused for is an entry as well.
 * Without an entry the reply names no change: the journal takes nothing now.
 */
int setting_change_locked(struct change *c, struct ask *a, struct err *e);

#endif
