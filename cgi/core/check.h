#ifndef CORE_CHECK_H
#define CORE_CHECK_H

#include "core/facts.h"
#include "core/finding.h"

/* Which mail suffers from what a check finds: what comes to this server's addresses,
 * what its users and sites send. */
enum ways { WAY_IN = 1, WAY_OUT = 2 };

/*
 * A rule about the server. One file in checks/ defines one: the file's name is
 * its id, the object is check_<id>, and the registry is made from the names.
 */
struct check {
	const char *id;		/* stable: scripts and the journal name it */
	const char *rule;	/* of the rule catalogue: "D01" */
	const char *title;
	const char *why;	/* what it does to people's mail */
	const char *who;	/* who must act: "the server's administrator" … */
	unsigned ways;		/* WAY_ bits, at least one */
	unsigned needs;		/* SRC_ bits; without them the check is not run */
	unsigned judges;	/* of these, the ones whose failure is its finding */
	void (*run)(const struct check *c, const struct facts *f,
		    struct report *r);
	const char *fix;	/* id of the fix that answers it, or NULL */
	/* Another that somebody may ask for by its name (the parameter fix), on
	 * WHM's page alone: it costs all what the first one costs one. Or NULL. */
	const char *page_fix;
};

extern const struct check *const all_checks[];	/* by id, NULL-ended */

/*
 * Runs every check, or those named in `only` (NULL-ended; NULL: all). A check
 * whose source this world cannot have is noted in r->not_asked; one whose
 * source failed yields one UNKNOWN finding with the reason, never OK.
 */
void checks_run(const struct facts *f, const char *const *only, struct report *r);
/* One of them, by its place in all_checks; findings stand as they come. So they can
 * be run side by side, each with a report of its own (report_join, report_sort). */
void check_run(const struct facts *f, const char *const *only, size_t i, struct report *r);
const struct check *check_find(const char *id);
/* It judges what is the server's and no domain's: ports, firewall, lists of bans. */
bool check_is_of_server(const struct check *c);

#endif
