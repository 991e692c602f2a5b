#ifndef PRIV_ENTRY_H
#define PRIV_ENTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/text.h"

/*
 * One change as the journal holds it. Times are decimal seconds since 1970 UTC.
 * The file is one line, "key=value" pairs (percent-encoded) separated by
 * blanks; keys that are not known here are passed over, missing ones are "".
 *
 * PREPARED is written before anything is done, DONE once the new value was
 * read back, KEPT once somebody was content with it. FAILED: the new value is
 * not in force. UNDONE: the old value is back. While an undo is at work
 * undo is "prepared" and state still tells what stood before.
 *
 * A job over many is an entry of its own, whose name is the verb of its rows
 * and whose total is their number; each row that it came to is an entry that
 * names it as its parent. PREPARED: it is at work. KEPT: it has ended, and some
 * of its rows were done. FAILED: none was. UNDONE: none stands any more.
 */
#define ENTRY_FIELDS(X) \
	X(id, 32) \
	X(verb, 28) \
	X(name, 256) \
	X(expect, 256)		/* what the plan was made against */ \
	X(value, 512)		/* what was asked for */ \
	X(before, 256)		/* what the helper found */ \
	X(after, 256)		/* what it read back; "" until then */ \
	X(state, 12) \
	X(at, 24) \
	X(by, 72)		/* login or account */ \
	X(door, 24)		/* "cli", "admin.cgi", "reseller.cgi", "user" */ \
	X(from, 48)		/* the client's address, "" when none is known */ \
	X(account, 36)		/* whose domain it is; "": the server's */ \
	X(text, 400)		/* what went wrong or was odd */ \
	X(session, 32)		/* the helper that made it, see session.h */ \
	X(found, 256)		/* read anew after that helper had gone */ \
	X(found_at, 24) \
	X(deadline, 24)		/* of a guarded change: taken back then unless KEPT */ \
	X(undo, 12) \
	X(undo_by, 72) \
	X(undo_door, 24) \
	X(undo_from, 48) \
	X(undo_at, 24) \
	X(parent, 32)		/* the job whose row this is */ \
	X(total, 12)		/* of a job: how many rows were asked for */ \
	X(done, 12)		/* once it ended: those in force */ \
	X(failed, 12) \
	X(undone, 12)

struct entry {
#define X(field, size) char field[size];
	ENTRY_FIELDS(X)
#undef X
};

#define ENTRY_LINE_MAX 16384	/* every byte escaped still fits */

#define STATE_PREPARED	"PREPARED"
#define STATE_DONE	"DONE"
#define STATE_KEPT	"KEPT"
#define STATE_UNDONE	"UNDONE"
#define STATE_FAILED	"FAILED"
#define UNDO_PREPARED	"prepared"

/* Writes the line with its LF into out; the length, or 0 when it is too small. */
size_t entry_encode(const struct entry *x, char *out, size_t size);
/* One line, with or without its LF. ERR_BUG (the journal is ours) when it is
 * broken, names no id or is in no known state. */
int entry_decode(struct entry *x, struct slice line, struct err *e);

bool entry_is(const struct entry *x, const char *state);
bool entry_is_job(const struct entry *x);
/* In force: DONE or KEPT. */
bool entry_stands(const struct entry *x);

#endif
