#ifndef ENGINE_SCAN_H
#define ENGINE_SCAN_H

#include "core/check.h"
#include "mail/address_look.h"
#include "sources/world.h"

struct scan_progress {
	const char *phase;	/* "files", "exim", "dns", "log", "judge", "panel" */
	size_t done, total;	/* what was asked, in phases "dns" and "panel" */
	/* What a first look found so far (engine/first_look.h), or NULL; its memory
	 * goes with the call. */
	const struct report *found;
};

struct scan_options {
	const char *const *domains;	/* judged though no list names them */
	size_t ndomains;
	const char *const *only;	/* gather these alone, NULL-ended; or NULL */
	const struct ip *addresses;	/* declared to be this server's */
	size_t naddresses;
	const char *const *checks;	/* NULL-ended; NULL: all */
	bool fresh;			/* ask DNS everything, whatever still holds */
	bool probe;			/* another server's ports, as they are from here … */
	const struct ip *controls;	/* … beside hosts that are known to answer */
	size_t ncontrols;
	bool first_look;		/* tell what is found before all is asked */
	void (*progress)(void *ctx, const struct scan_progress *p);	/* or NULL */
	void *ctx;
	/* The report stands, as it will be; what it says is being kept meanwhile. */
	void (*told)(void *to, const struct facts *f, const struct report *r); /* or NULL */
	void *to;
};

/*
 * World → facts → report, all in a. It always ends with a report: what could
 * not be read stands in f->source and as UNKNOWN findings. A look at one domain
 * always asks DNS; a scan takes what the one before was told while it holds.
 */
void scan_run(struct world *w, const struct scan_options *o, struct arena *a,
	      struct facts *f, struct report *r);

/* The server itself: its ports, its firewall, who may connect where. No domain's
 * DNS is asked; the report has the checks of this alone. */
void scan_server(struct world *w, struct arena *a, struct facts *f, struct report *r);

/* One address: everything here that could block it. The report has what
 * ip_blocked finds of it. */
void scan_address(struct world *w, const struct ip *ip, struct arena *a,
		  struct facts *f, struct address_look *look, struct report *r);

/* The domain lists could not be read, or not one domain's DNS: nothing was
 * really judged. */
bool scan_is_blind(const struct facts *f);

#endif
