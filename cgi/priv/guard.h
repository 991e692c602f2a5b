#ifndef PRIV_GUARD_H
#define PRIV_GUARD_H

#include <stdbool.h>

#include "base/err.h"
#include "priv/entry.h"
#include "priv/setting.h"

/*
 * A changed packet filter may shut out the very people who could put it right. So,
 * before it is changed: the rules as they are go into a file, and whether WHM's own
 * restrictions are on beside it, the entry gets its deadline, and a transient timer
 * of systemd is started that neither this helper's end nor a front's stops. Unless the change is KEPT by then, `relaydoctor-helper
 * rollback ID` takes it back: what the rules are made from, then the saved rules
 * themselves, so that nothing else that a restart of the firewall has brought
 * about stays either.
 */
#define GUARD_S 60

/* Saves, starts the timer, notes which of our own ports answer. -1: nothing
 * may be changed. */
int guard_begin(const struct entry *x, unsigned *answering, struct err *e);
/* Ports of our own that answered then and do not now. */
int guard_check(unsigned answering, struct err *e);
/* Writes the value of `back` (what it says of rules is set here), then the saved rules.
 * Where there are none, or they do not load, the firewall is restarted. */
int guard_put_back(const struct setting *s, const char *id, struct setting_act *back,
		   char found[SETTING_MAX], struct err *e);
/* The undo of a change that stands: guard_put_back, or, where it was kept, the value and rules
 * made from it. Without success of that value and rules are as before the undo. */
int guard_undo(const struct setting *s, const struct entry *x, struct setting_act *back,
	       char found[SETTING_MAX], char note[256], struct err *e);
/* It was saved, and nobody has kept the change yet. */
bool guard_holds(const struct entry *x);
/* -1 (ERR_UNAVAILABLE) while a guarded change other than `but` (or NULL) holds or is being
 * undone: of two at once, taking back the first would take the second out of the rules and
 * leave it in what they are made from. e says which one, until when, and what to do. One
 * that is overdue is taken back first. The caller has the lock. */
int guard_is_only(const struct entry *but, int lock, int audit, struct err *e);

/* Nobody has kept it, and no timer comes for it any more: its deadline is over, or the
 * server was started since. Not again at once, where that was tried. */
bool guard_is_overdue(const struct entry *x);
/* It may stand half, and its timer will settle that. */
bool guard_waits(const struct entry *x);
/* Its undo was begun by a helper that died: the value may be back, and not the rules. */
bool guard_is_half_undone(const struct entry *x);
/* Puts the value and the rules back, and writes that down. The caller has the lock. Saved
 * rules are of one run of the server: after another start they are made anew, and so they
 * are where the change was kept. */
void guard_take_back(struct entry *x, int lock, int audit);
void guard_forget(const char *id);	/* what was saved */
void guard_forget_rules(const char *id);

/* Of a change that is settled: removes the saved rules. Those that a dead helper
 * has not come to put back are put back. */
void guard_end(const struct entry *x);

/* What the timer starts; the process's exit status. */
int guard_rollback(const char *id);

#endif
