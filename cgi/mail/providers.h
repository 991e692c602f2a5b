#ifndef MAIL_PROVIDERS_H
#define MAIL_PROVIDERS_H

#include <stdbool.h>

#include "core/facts.h"

/*
 * Whose machines an MX host name belongs to, where that is known: mailbox
 * providers and services that filter mail and hand it on. The table holds what
 * the providers' own set-up pages tell customers to enter as MX; a name that is
 * missing is merely unknown, a wrong one would move or hold mail.
 */
struct provider {
	const char *suffix;	/* of the MX host, at a label boundary; lower case */
	enum provider_kind kind;
	const char *title;
	/* The suffix of the host names it delivers from; NULL: `suffix`. */
	const char *sends_as;
	/* It receives so much mail for others that only its own deliveries here
	 * say that it works as a gateway; strangers' do not (spam goes to old
	 * servers for years). */
	bool only_own_deliveries;
};

/* The longest suffix that fits; NULL when the host is in no table. */
const struct provider *provider_find(const char *host);
/* `verified` (a name that reverse and forward DNS agree on) is a host that the
 * operator of this MX delivers from. */
bool provider_delivers_as(const struct mx_host *mx, const char *verified);

#endif
