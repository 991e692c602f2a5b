#ifndef ENGINE_PREVIEW_H
#define ENGINE_PREVIEW_H

#include "core/fix.h"
#include "engine/scan.h"
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
};

/*
 * Looks at the one domain that the finding names, judges it anew and plans its
 * fix. ERR_STALE when the finding is no longer there; the fix's own refusal
 * otherwise. Everything lives in a.
 */
int preview_make(struct world *w, const char *finding, const struct param *params,
		 size_t nparams, struct arena *a, struct preview *out, struct err *e);

/* The address whose route stands for the domain: a mailbox of it, or, where
 * none is known (NULL), postmaster (RFC 5321 4.5.1). */
const char *preview_address(const char *domain, const char *mailbox,
			    struct arena *a);

#endif
