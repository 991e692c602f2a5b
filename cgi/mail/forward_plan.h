#ifndef MAIL_FORWARD_PLAN_H
#define MAIL_FORWARD_PLAN_H

#include "core/facts.h"
#include "core/finding.h"

/*
 * What the checks and the fixes of forwarders agree on: which change the panel
 * offers and could put back.
 */

/* By its name, "a@d" or "*@d"; NULL: no line names it. */
const struct forward_node *forward_named(const struct forward_facts *f, const char *name);

/* The targets of a line as priv/aliases.h writes them; `without` is left out, NULL:
 * none is. "none" when nothing is left. */
const char *forward_value(const struct forward_facts *f, const struct forward_node *n,
			  const struct forward_edge *without, struct arena *a);

/* Why there is no button for this line: a clause; or NULL. */
const char *forward_obstacle(const struct facts *f, const struct forward_node *n,
			     struct arena *a);
/* The same of the line alone, whoever has the domain. */
const char *forward_odd_line(const struct forward_facts *f, const struct forward_node *n,
			     struct arena *a);
/* Takes the button off where there is none, and says why. */
void forward_button(struct report *r, struct finding *x, const struct facts *f,
		    const struct forward_node *n);

/* Why mail cannot be sent to an address of another server: a clause; NULL: nothing
 * speaks against it. */
const char *forward_death(const struct facts *f, const struct forward_node *to);

#endif
