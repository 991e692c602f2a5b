#ifndef ENGINE_PREVIEW_H
#define ENGINE_PREVIEW_H

#include "core/fix.h"
#include "engine/scan.h"
#include "mail/domain_list.h"
#include "mail/exim_route.h"

/* What a preview is made from, all of it read just now. */
struct preview {
	struct facts facts;
	struct report report;
	const struct fix *fix;
	struct fix_input input;
	struct plan plan;
	struct exim_route route;	/* for an address in the domain, before */
	bool has_route;
	bool of_server;		/* the finding is about the server itself */
	bool of_address;	/* the finding is about an address: look */
	struct address_look look;
};

/* A finding about one of our own ports: "25/IPv4". */
bool preview_is_port(const char *subject, unsigned *port, int *family);

/*
 * Looks at the one domain or IP address that the finding names, at the domain of
 * the mail address that it names, or at the server itself where its check is about
 * that, judges it anew and plans its fix. ERR_STALE when the finding is no longer
 * there; the fix's own refusal otherwise. from is where whoever asks sits, or NULL.
 * Everything lives in a.
 */
int preview_make(struct world *w, const char *finding, const struct param *params,
		 size_t nparams, const struct ip *from, struct arena *a,
		 struct preview *out, struct err *e);

/* The domain that is looked at for a finding of this subject, in out: a domain, that of an
 * address in one, or of either before the '>' of a filter's "FROM>TO". NULL: no fix is for
 * such a subject. */
const char *preview_domain(const char *subject, char out[DOMAIN_TEXT_MAX]);

/* The parts of it, for a preview of many: "check:subject" → its check and subject,
 * or NULL; the fix of a finding that the report still has, else the reason. */
const struct check *preview_split(const char *finding, const char **subject);
int preview_choose(const struct report *r, const char *finding,
		   struct fix_input *in, const struct fix **fix, struct err *e);
/* The host that a domain's mail leaves for by this route; NULL: it stays. */
const char *preview_leaves_for(const struct exim_route *r);

/* The address whose route stands for the domain: a mailbox of it, or, where
 * none is known (NULL), postmaster (RFC 5321 4.5.1). */
const char *preview_address(const char *domain, const char *mailbox,
			    struct arena *a);

#endif
