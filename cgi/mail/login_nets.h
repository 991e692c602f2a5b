#ifndef MAIL_LOGIN_NETS_H
#define MAIL_LOGIN_NETS_H

#include "base/arena.h"
#include "base/text.h"
#include "core/log_facts.h"

/*
 * From which networks somebody logged in, when last, and who: the sign of a
 * customer. LOGIN_NETS of them are kept; those whose last login is the longest ago
 * go first, so that whoever holds many accounts and addresses cannot make it
 * grow.
 */
#define LOGIN_NETS 8192
#define LOGIN_WHO_MAX 64	/* a longer name is cut */

struct login_net {
	struct ip ip;
	int64_t last;
	char who[LOGIN_WHO_MAX];	/* lower case, printable */
};

struct login_nets {
	struct login_net *all;		/* LOGIN_NETS, used of them are set */
	uint16_t *slots;		/* plus one, open addressing */
	size_t used;
	uint64_t seed;
};

void login_nets_init(struct login_nets *l, uint64_t seed, struct arena *a);
void login_nets_note(struct login_nets *l, const struct ip *ip, int64_t when,
		     struct slice who);
/* Those not before `since`, by network, in a. */
void login_nets_tell(const struct login_nets *l, int64_t since, struct arena *a,
		     struct log_facts *out);

#endif
