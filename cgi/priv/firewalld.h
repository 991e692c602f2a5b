#ifndef PRIV_FIREWALLD_H
#define PRIV_FIREWALLD_H

#include "priv/setting.h"

/*
 * Whether a zone of firewalld lets everybody in on one of mail's ports: the name is
 * "25 in public", the value is "open" or "closed" where the rules that run and the
 * permanent configuration agree, else which of the two it is until `firewall-cmd --reload`
 * (or a restart) puts the other one into force. Asked and set by firewall-cmd alone, by
 * fixed arguments. A service or a rich rule that opens the port is not looked at.
 */
extern const struct setting setting_firewalld_port;
bool valid_firewalld_port_name(const char *name);
bool valid_firewalld_port(const char *value);

#endif
