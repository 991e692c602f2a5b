#ifndef PRIV_ALIASES_H
#define PRIV_ALIASES_H

#include "priv/setting.h"

/*
 * What forwards mail, each as one text, read from the file that Exim looks it up in
 * and changed through the panel as the account (UAPI Email::add_forwarder,
 * delete_forwarder, set_default_address, add_domain_forwarder,
 * delete_domain_forwarder):
 *
 *	a forwarder, by its address	"b@d.example,c@e.example" or "none"
 *	a domain's default address	"a@d.example", ":fail:"
 *	a domain forwarder		"e.example" or "none"
 *
 * ERR_DENIED: the line holds something else (a program, a file, capital letters, a
 * value that goes on in the next line), which could not be put back as it is.
 * ERR_LIMIT: more than four targets of a forwarder would come or go at once.
 */
extern const struct setting setting_forwarder, setting_default_address,
	setting_domain_forward;

#endif
