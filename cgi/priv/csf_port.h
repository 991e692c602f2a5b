#ifndef PRIV_CSF_PORT_H
#define PRIV_CSF_PORT_H

#include "priv/setting.h"

/*
 * Whether CSF opens one of mail's ports to everybody: the name is "465 out" or
 * "587 in", the value which of TCP_OUT and TCP6_OUT (TCP_IN and TCP6_IN) list it:
 * "open", "open for IPv4", "open for IPv6" or "closed". The IPv6 list counts only with
 * IPV6 = "1".
 */
extern const struct setting setting_csf_port;
bool valid_csf_port_name(const char *name);
bool valid_csf_port(const char *value);

#endif
