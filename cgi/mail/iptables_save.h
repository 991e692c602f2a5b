#ifndef MAIL_IPTABLES_SAVE_H
#define MAIL_IPTABLES_SAVE_H

#include "mail/ruleset.h"

/*
 * What iptables-save and ip6tables-save print (iptables-save(8),
 * iptables-extensions(8); measured with 1.8.9 over nf_tables and legacy). All
 * that decides about a new TCP connection is decoded: protocol, ports, nets,
 * interfaces, owner, state, flags, and every target that ends or moves the
 * walk. What is not decoded makes the rule one that might match. Lines that
 * cannot be rules, and a table that does not end, leave a gap.
 *
 * The first line tells whether this is the nf_tables or the legacy half
 * (before 1.8 there was only the latter). ruleset_link comes after.
 */
void iptables_save_read(struct slice text, enum fw_family family,
			struct arena *a, struct fw_ruleset *out);

#endif
