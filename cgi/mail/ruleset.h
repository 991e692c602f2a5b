#ifndef MAIL_RULESET_H
#define MAIL_RULESET_H

#include "base/arena.h"
#include "base/text.h"
#include "core/firewall.h"

/* Building a ruleset, for those that read one: iptables_save here, nft in
 * sources/. Strings are copied into the arena. */

#define RULESET_RULES_MAX 500000u	/* more is a gap, not a verdict */
#define RULESET_TEXT_MAX 300u		/* of a rule's text that is kept */

void ruleset_init(struct fw_ruleset *r);

/* A chain of that table, made when it is new. A table is known by its name,
 * origin and families. */
struct fw_chain *ruleset_chain(struct fw_ruleset *r, struct arena *a,
			       enum fw_origin origin, unsigned families,
			       struct slice table, struct slice name);
bool ruleset_has_table(const struct fw_ruleset *r, enum fw_origin origin,
		       unsigned families, struct slice table);
/* A new last rule, or NULL when there are RULESET_RULES_MAX: then a gap says so. */
struct fw_rule *ruleset_rule(struct fw_ruleset *r, struct arena *a,
			     struct fw_chain *c, struct slice text, unsigned line);
void ruleset_gap(struct fw_ruleset *r, struct arena *a, unsigned families,
		 bool apart, const char *why);
/* Once all is read: finds the chains that rules jump to. */
void ruleset_link(struct fw_ruleset *r);

/* A new first match of *list. */
struct fw_match *match_add(struct arena *a, const struct fw_match **list,
			   enum fw_field field, bool negated);
/* One more member of m; n counts them and the room is the arena's. */
void match_range(struct arena *a, struct fw_match *m, uint32_t from, uint32_t to);
void match_net(struct arena *a, struct fw_match *m, const struct fw_net *net);
void match_name(struct arena *a, struct fw_match *m, struct slice name);

/* "25", "135:139": any mark between the two; each at most max. */
bool range_parse(struct slice text, uint32_t max, char mark, struct fw_range *out);

/* "192.0.2.0/24", "192.0.2.1", "192.0.2.0/255.255.255.0", "2001:db8::/32",
 * "192.0.2.1-192.0.2.9". False: none of them. */
bool net_parse(struct slice text, struct fw_net *out);
struct fw_net net_of(const struct ip *ip, unsigned prefix);
bool net_has(const struct fw_net *net, const struct ip *ip);
bool net_is_all(const struct fw_net *net);	/* /0 */

#endif
