#ifndef MAIL_HOME_RULES_H
#define MAIL_HOME_RULES_H

#include "base/arena.h"
#include "core/facts.h"

/* What files in homes do with mail (struct home_rule), as checks and views see it. */

/* Those of one mailbox; NULL, and *n 0: none. */
const struct home_rule *home_rules_of(const struct forward_facts *f, uint32_t node, size_t *n);
/* The mailbox's rules see mail for the address: it has no line here, or one that names
 * the address itself as well. */
bool home_rules_reached(const struct forward_facts *f, uint32_t node);
/* The account in whose home the rule stands; NULL: not known. */
const char *home_rule_account(const struct facts *f, const struct home_rule *r,
			      struct arena *a);
/* No rule before this one of the same mailbox leads to the same address. */
bool home_rule_is_first(const struct forward_facts *f, const struct home_rule *r);
/* No copy goes any further than to what this rule names. */
bool home_rule_takes(const struct home_rule *r);
/* The account's own mailbox of a line that names the account; NULL: no rule acts there. */
const struct forward_node *home_account(const struct forward_facts *f, const char *account);

/*
 * The shortest way from the rule's mailbox by that rule, then by lines and rules here,
 * back to the mailbox: nodes in order, the first not repeated; 0: it does not come
 * back, or not within FORWARD_STEPS addresses. *certain: no test decides on that way.
 */
size_t home_round(const struct forward_facts *f, const struct home_rule *r,
		  const uint32_t **way, bool *certain, struct arena *a);
/* The rule by which the way goes from one node to the next; NULL: a line does. */
const struct home_rule *home_step(const struct forward_facts *f, uint32_t from, uint32_t to);

#endif
