#ifndef MAIL_WAYS_IN_H
#define MAIL_WAYS_IN_H

#include "core/facts.h"

/*
 * The ports by which people reach this server and must go on reaching it after a
 * change of its firewall: SSH (where sshd listens, else 22), WHM, and mail's own.
 */
struct way_in {
	uint16_t port;
	int family;		/* 4, 6 */
	bool named;		/* for the one address that was asked about; else
				 * for any that no rule names */
	enum fw_verdict verdict;
};

#define WAYS_IN_MAX 24

/* By the rules as they are; from may be NULL. How many. */
size_t ways_in(const struct facts *f, const struct ip *from,
	       struct way_in out[WAYS_IN_MAX]);

/* The port of those that csf.conf would close to everybody with CSF's next
 * restart, although the rules let everybody in now; 0: none. */
uint16_t ways_in_csf_closes(const struct facts *f);

/* The same to this one address: a ban of csf.deny or CSF's temporary ones would
 * come into force, or the port stays open to those alone whom csf.allow names. */
uint16_t ways_in_csf_closes_to(const struct facts *f, const struct ip *from);

#endif
