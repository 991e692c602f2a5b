#ifndef PRIV_FROZEN_H
#define PRIV_FROZEN_H

#include "priv/setting.h"

/*
 * One frozen bounce in Exim's queue, by its message id. The value is "frozen HASH RECIPIENT"
 * or "removed", as priv/spool.h says. Before Exim is told to remove it, both of its files are
 * kept in PATH_FROZEN, from where undo restores them byte for byte, with mode and group, as
 * Exim's user; the message is frozen again then. Of what is no frozen bounce with one
 * recipient nothing is copied or changed.
 *
 * Copies stay until FROZEN_KEPT_MAX lie there: then the oldest goes.
 */
#define FROZEN_KEPT_MAX 1000u

extern const struct setting setting_frozen;
bool valid_frozen_id(const char *name);
bool valid_frozen(const char *value);
bool valid_removed(const char *value);

#endif
