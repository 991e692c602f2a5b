#ifndef PRIV_RELAY_NET_H
#define PRIV_RELAY_NET_H

#include "priv/setting.h"

/*
 * One line of a list of client addresses that may relay, by its file and its key:
 * "trustedmailhosts:203.0.113.0/24", of trustedmailhosts and alwaysrelay also a single
 * address. The value is "absent", or "N:LINE", its number
 * and the whole line, so that it can be put back where it stood; every other byte of
 * the file stays. relayhosts is made by the panel and is not changed.
 *
 * ERR_DENIED: the key stands there twice, or its line holds what could not be put
 * back byte for byte (it is too long, has control characters or no line end).
 */
extern const struct setting setting_relay_net;
bool valid_relay_net(const char *name);
bool valid_relay_line(const char *value);
/* Undo alone puts a line in, from the journal. */
bool valid_relay_absent(const char *value);

#endif
