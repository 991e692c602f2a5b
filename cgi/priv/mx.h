#ifndef PRIV_MX_H
#define PRIV_MX_H

#include <stdint.h>

#include "priv/setting.h"

/*
 * The MX records of a domain that has a zone of its own on this server, edited
 * through the panel (UAPI DNS::mass_edit_zone, 96 and later) as the account. The
 * value is base/mx_text's; the zone's serial number is the expected value of
 * each edit, so an edit made meanwhile is never overwritten. An edit that also
 * changed something else in the zone, or moved Email Routing (which follows the
 * zone while it is on Automatically Detect), is taken back at once.
 * ERR_NOT_FOUND: no zone begins at this name.
 */
extern const struct setting setting_mx;

/* What is in the zone, and its serial number. ERR_DENIED: MX records that could
 * not be put back. */
int mx_read(const char *account, const char *domain, char value[SETTING_MAX],
	    uint32_t *serial, struct err *e);

#endif
