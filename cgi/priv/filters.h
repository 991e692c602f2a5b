#ifndef PRIV_FILTERS_H
#define PRIV_FILTERS_H

#include "priv/setting.h"

/*
 * The filter that sends mail on to an address, as the panel lists it and switches it
 * (UAPI Email::list_filters, enable_filter, disable_filter), by "FROM>TO": FROM a mailbox,
 * whose filters are meant, or a domain, for those that act on all mail of its account
 * (for which `account` is left out of the calls). The value is "enabled" or "disabled", a
 * blank and 16 hex digits of what the filter holds: what is switched on again is what was
 * switched off.
 *
 * ERR_NOT_FOUND: no filter delivers there. ERR_DENIED: several do, or its name is none
 * that could be given back.
 */
extern const struct setting setting_filter;

/* The value, a newline and the filter's name, as a memory file of the caller's. */
int filters_look(const char *account, const char *name, struct err *e);

#endif
