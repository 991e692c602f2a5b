#ifndef PRIV_MANUAL_MX_H
#define PRIV_MANUAL_MX_H

#include "priv/setting.h"

/*
 * The manual route of a domain: its line "domain: host" in /etc/manualmx, which
 * overrides MX and lists alike; "none" without one. Read from that file, which
 * no API lists; set and taken away through the panel (UAPI
 * Email::set/unset_manual_mx_redirects, 90 and later) as the account.
 * ERR_DENIED: a line that is no simple host could not be put back.
 */
extern const struct setting setting_manual_mx;

#endif
