#ifndef MAIL_FILTER_VIEW_H
#define MAIL_FILTER_VIEW_H

#include "base/arena.h"
#include "core/facts.h"
#include "core/finding.h"

/* What checks ask of the packet filter: one connection of one kind of user, and
 * what to show for the answer. */

/* Users that no rule tells apart: any of them stands for all. */
struct user_class {
	const char *name;	/* one of them, or what they are */
	uint32_t uid, gid;
	size_t n;		/* how many accounts; 0: not accounts */
};

#define USER_CLASSES_MAX 32

/* The user as whom Exim sends mail: mailnull with the group mail on cPanel, else
 * the distribution's. */
struct user_class exim_class(const struct facts *f);
struct user_class root_class(void);
/* The accounts of this server by how the rules tell them apart; at least one
 * class (some unprivileged user, where no account is known). */
size_t account_classes(const struct facts *f, struct arena *a,
		       struct user_class out[USER_CLASSES_MAX]);

/* family 4 or 6; to or from any address that no rule names. */
void filter_out(const struct facts *f, const struct user_class *u, int family,
		uint16_t port, struct fw_answer *out);
void filter_in(const struct facts *f, int family, uint16_t port,
	       struct fw_answer *out);
bool filter_blocks(const struct fw_answer *x);	/* dropped or rejected */
/* The server is reachable in this family: it has such an address. */
bool server_has_family(const struct facts *f, int family);

/* Which rule said so: one or two lines of evidence. */
void filter_evidence(struct report *r, struct finding *x, int family,
		     const struct fw_answer *answer);

/* csf.conf is read, CSF is not switched off. */
bool csf_is_active(const struct facts *f);
/* CSF's own list lets the port out to nobody in that family. With SMTP_BLOCK the chain for
 * its ports goes first: root, the mail server and who else is exempt pass, whatever the list
 * says, and all others are SMTP_BLOCK's matter. */
bool csf_keeps_in(const struct facts *f, int family, uint16_t port);

#endif
