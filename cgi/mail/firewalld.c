#include <string.h>

#include "mail/filter_view.h"
#include "mail/firewalld.h"

#define POLICY "policy_"

/* What firewalld hangs below the chain of a zone, asked before its last rule. */
static const char *const parts[] = { "_pre", "_log", "_deny", "_allow", "_post" };

static bool starts(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

static bool is_nft(const struct fw_chain *c)
{
	return c->origin == FW_NFT && !strcmp(c->table, "firewalld");
}

static bool same_table(const struct fw_chain *a, const struct fw_chain *b)
{
	return a->origin == b->origin && a->families == b->families &&
		!strcmp(a->table, b->table);
}

/* The n bytes of like, then part, name a chain beside c. */
static bool has_chain(const struct facts *f, const struct fw_chain *c, const char *like,
		      size_t n, const char *part)
{
	for (const struct fw_chain *x = f->blocking.rules.chains; x; x = x->next)
		if (same_table(x, c) && strlen(x->name) == n + strlen(part) &&
		    !strncmp(x->name, like, n) && !strcmp(x->name + n, part))
			return true;
	return false;
}

/* Where the rules are iptables', others' stand beside them in the same table. */
static bool is_firewalls(const struct facts *f, const struct fw_chain *c)
{
	return is_nft(c) || (c->origin != FW_NFT && !strcmp(c->table, "filter") &&
			     (starts(c->name, "IN_") || starts(c->name, "INPUT_") ||
			      starts(c->name, "OUTPUT_")) &&
			     has_chain(f, c, "INPUT_ZONES", 11, ""));
}

/* A policy's chain is named like a zone's there; INPUT_ZONES leads to zones alone. */
static bool is_led_to(const struct facts *f, const struct fw_chain *c, const char *name, size_t n)
{
	for (const struct fw_chain *x = f->blocking.rules.chains; x; x = x->next) {
		if (!same_table(x, c) || !starts(x->name, "INPUT_ZONES"))
			continue;
		for (size_t i = 0; i < x->nrules; i++) {
			const char *to = x->rules[i].chain ? x->rules[i].with : NULL;

			if (to && strlen(to) == n && !strncmp(to, name, n))
				return true;
		}
	}
	return false;
}

/* Without the part, so far as that is the chain of a zone. */
static struct slice zone_of(const struct facts *f, const struct fw_chain *c, size_t in, bool *last)
{
	const char *name = c->name;
	size_t n = strlen(name), whole = n;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		size_t m = strlen(parts[i]);

		if (n > m && !strcmp(name + n - m, parts[i]) &&
		    has_chain(f, c, name, n - m, "_allow"))
			whole = n - m;
	}
	if (whole <= in || !has_chain(f, c, name, whole, "_allow") ||
	    (!is_nft(c) && !is_led_to(f, c, name, whole)))
		return (struct slice){ NULL, 0 };
	*last = whole == n;
	return (struct slice){ name + in, whole - in };
}

struct firewalld_place firewalld_place(const struct facts *f, const struct fw_place *p)
{
	struct firewalld_place o = { .is = p->chain && is_firewalls(f, p->chain) };
	const char *in = o.is && is_nft(p->chain) ? "filter_IN_" : "IN_";

	if (!o.is || !starts(p->chain->name, in) || starts(p->chain->name + strlen(in), POLICY))
		return o;
	o.zone = zone_of(f, p->chain, strlen(in), &o.last);
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
