#ifndef MAIL_FIREWALLD_H
#define MAIL_FIREWALLD_H

#include "base/arena.h"
#include "core/facts.h"

/*
 * firewalld as its rules show it: with nftables, its default since 0.6, they stand in a
 * table of its own (inet firewalld), each zone in chains of its name (filter_IN_public,
 * with filter_IN_public_deny and filter_IN_public_allow below it). That the table is
 * there is how it is known to be at work: firewalld removes it when it stops. With
 * FirewallBackend=iptables they are chains of the table filter (IN_public, to which
 * INPUT_ZONES leads), and go with it as well.
 */

struct firewalld_place {
	bool is;		/* a rule of firewalld's; else nothing below counts */
	struct slice zone;	/* whose chain it is; n 0: of no zone */
	/* The zone's last rule, for all that it does not allow: the port is open
	 * once the zone allows it. */
	bool last;
};

struct firewalld_place firewalld_place(const struct facts *f, const struct fw_place *p);

/* The zone in which port would have to be allowed to let everybody in by every family that
 * it is blocked in now, in a; NULL: firewalld alone does not decide that, or no one zone. */
const char *firewalld_closes(const struct facts *f, uint16_t port, struct arena *a);

/* "smtp", "smtps", "smtp-submission": the service that firewalld ships for the
 * port; NULL: none. */
const char *firewalld_service(uint16_t port);

#endif
