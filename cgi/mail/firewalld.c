#include <string.h>

#include "mail/filter_view.h"
#include "mail/firewalld.h"

#define IN "filter_IN_"
#define POLICY "policy_"

/* What firewalld hangs below the chain of a zone, asked before its last rule. */
static const char *const parts[] = { "_pre", "_log", "_deny", "_allow", "_post" };

static bool is_firewalls(const struct fw_chain *c)
{
	return c->origin == FW_NFT && !strcmp(c->table, "firewalld");
}

static bool has_chain(const struct facts *f, const char *like, size_t n, const char *part)
{
	for (const struct fw_chain *c = f->blocking.rules.chains; c; c = c->next)
		if (is_firewalls(c) && strlen(c->name) == n + strlen(part) &&
		    !strncmp(c->name, like, n) && !strcmp(c->name + n, part))
			return true;
	return false;
}

/* Without the part, so far as that is the chain of a zone. */
static struct slice zone_of(const struct facts *f, const char *name, bool *last)
{
	size_t n = strlen(name), whole = n;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		size_t m = strlen(parts[i]);

		if (n > m && !strcmp(name + n - m, parts[i]) &&
		    has_chain(f, name, n - m, "_allow"))
			whole = n - m;
	}
	if (whole <= strlen(IN) || !has_chain(f, name, whole, "_allow"))
		return (struct slice){ NULL, 0 };
	*last = whole == n;
	return (struct slice){ name + strlen(IN), whole - strlen(IN) };
}

struct firewalld_place firewalld_place(const struct facts *f, const struct fw_place *p)
{
	struct firewalld_place o = { .is = p->chain && is_firewalls(p->chain) };
	const char *name = o.is ? p->chain->name : "";

	if (strncmp(name, IN, strlen(IN)) || !strncmp(name + strlen(IN), POLICY, strlen(POLICY)))
		return o;
	o.zone = zone_of(f, name, &o.last);
	o.last &= o.zone.n && p->rule && !p->rule->match;
	return o;
}

const char *firewalld_closes(const struct facts *f, uint16_t port, struct arena *a)
{
	struct slice zone = { NULL, 0 };

	for (int family = 4; family <= 6; family += 2) {
		struct firewalld_place at;
		struct fw_answer x;

		if (!server_has_family(f, family))
			continue;
		filter_in(f, family, port, &x);
		if (!filter_blocks(&x))
			continue;
		at = firewalld_place(f, &x.by);
		if (!at.last || x.except.chain ||
		    (zone.n && (zone.n != at.zone.n || memcmp(zone.p, at.zone.p, zone.n))))
			return NULL;
		zone = at.zone;
	}
	return zone.n ? arena_strndup(a, zone.p, zone.n) : NULL;
}

const char *firewalld_service(uint16_t port)
{
	return port == 25 ? "smtp" : port == 465 ? "smtps" : port == 587 ? "smtp-submission" : NULL;
}
