#include <string.h>

#include "mail/ruleset.h"

void ruleset_init(struct fw_ruleset *r)
{
	memset(r, 0, sizeof(*r));
	r->tail = &r->chains;
}

static bool in_table(const struct fw_chain *c, enum fw_origin origin,
		     unsigned families, struct slice table)
{
	return c->origin == origin && c->families == families &&
		slice_eq(table, c->table);
}

struct fw_chain *ruleset_chain(struct fw_ruleset *r, struct arena *a,
			       enum fw_origin origin, unsigned families,
			       struct slice table, struct slice name)
{
	struct fw_chain *c;

	for (c = r->chains; c; c = c->next)
		if (in_table(c, origin, families, table) && slice_eq(name, c->name))
			return c;
	c = arena_zalloc(a, sizeof(*c));
	c->table = arena_strndup(a, table.p, table.n);
	c->name = arena_strndup(a, name.p, name.n);
	c->origin = origin;
	c->families = families;
	*r->tail = c;
	r->tail = &c->next;
	return c;
}

bool ruleset_has_table(const struct fw_ruleset *r, enum fw_origin origin,
		       unsigned families, struct slice table)
{
	for (const struct fw_chain *c = r->chains; c; c = c->next)
		if (in_table(c, origin, families, table))
			return true;
	return false;
}

static const char *rule_text(struct arena *a, struct slice text)
{
	char raw[RULESET_TEXT_MAX + 1], shown[4 * RULESET_TEXT_MAX + 1];
	size_t n = text.n < RULESET_TEXT_MAX ? text.n : RULESET_TEXT_MAX;

	memcpy(raw, text.p, n);
	raw[n] = '\0';
	return arena_strdup(a, text_printable(shown, sizeof(shown), raw));
}

struct fw_rule *ruleset_rule(struct fw_ruleset *r, struct arena *a,
			     struct fw_chain *c, struct slice text, unsigned line)
{
	struct fw_rule *rule;

	if (r->nrules == RULESET_RULES_MAX)
		ruleset_gap(r, a, FW_V4 | FW_V6, false,
			    "there are more rules than are looked at");
	if (r->nrules++ >= RULESET_RULES_MAX)
		return NULL;
	c->rules = arena_grow(a, c->rules, c->nrules, &c->cap_rules, sizeof(*c->rules));
	rule = &c->rules[c->nrules++];
	memset(rule, 0, sizeof(*rule));
	rule->text = rule_text(a, text);
	rule->line = line;
	return rule;
}

void ruleset_gap(struct fw_ruleset *r, struct arena *a, unsigned families,
		 bool apart, const char *why)
{
	struct fw_gap *gap = arena_zalloc(a, sizeof(*gap));

	*gap = (struct fw_gap){ families, apart, arena_strdup(a, why), r->gaps };
	r->gaps = gap;
}

static const struct fw_chain *beside(const struct fw_ruleset *r,
				     const struct fw_chain *c, const char *name)
{
	const struct fw_chain *x = r->chains;

	while (x && !(in_table(x, c->origin, c->families, slice_of(c->table)) &&
		      !strcmp(x->name, name)))
		x = x->next;
	return x;
}

void ruleset_link(struct fw_ruleset *r)
{
	for (struct fw_chain *c = r->chains; c; c = c->next)
		for (size_t i = 0; i < c->nrules; i++) {
			struct fw_rule *x = &c->rules[i];

			if (x->target == FW_JUMP || x->target == FW_GOTO)
				x->chain = beside(r, c, x->with);
		}
}

/* ---- matches ---------------------------------------------------------- */

struct fw_match *match_add(struct arena *a, const struct fw_match **list,
			   enum fw_field field, bool negated)
{
	struct fw_match *m = arena_zalloc(a, sizeof(*m));

	m->field = field;
	m->negated = negated;
	m->next = (struct fw_match *)(uintptr_t)*list;
	*list = m;
	return m;
}

/* Room for one more of what m holds: eight at first, then twice as many. */
static void *room(struct arena *a, const void *old, size_t n, size_t each)
{
	size_t cap = n;

	if (n && (n < 8 || n & (n - 1)))
		return (void *)(uintptr_t)old;
	return arena_grow(a, (void *)(uintptr_t)old, n, &cap, each);
}

void match_range(struct arena *a, struct fw_match *m, uint32_t from, uint32_t to)
{
	struct fw_range *p = room(a, m->ranges, m->n, sizeof(*p));

	p[m->n++] = (struct fw_range){ from, to };
	m->ranges = p;
}

void match_net(struct arena *a, struct fw_match *m, const struct fw_net *net)
{
	struct fw_net *p = room(a, m->nets, m->n, sizeof(*p));

	p[m->n++] = *net;
	m->nets = p;
}

void match_name(struct arena *a, struct fw_match *m, struct slice name)
{
	const char **p = room(a, m->names, m->n, sizeof(*p));

	p[m->n++] = arena_strndup(a, name.p, name.n);
	m->names = p;
}

bool range_parse(struct slice text, uint32_t max, char mark, struct fw_range *out)
{
	struct slice rest = text, from = slice_cut(&rest, mark);
	bool one = from.n == text.n;
	uint64_t a, b;

	if (!slice_uint(slice_trim(from), max, &a) ||
	    (!one && !slice_uint(slice_trim(rest), max, &b)))
		return false;
	*out = (struct fw_range){ (uint32_t)a, one ? (uint32_t)a : (uint32_t)b };
	return true;
}

/* ---- nets ------------------------------------------------------------- */

static size_t bytes_of(const struct ip *ip)
{
	return ip->family == 4 ? 4 : 16;
}

struct fw_net net_of(const struct ip *ip, unsigned prefix)
{
	struct fw_net net = { *ip, *ip };

	for (unsigned bit = prefix; bit < 8 * bytes_of(ip); bit++) {
		unsigned char mask = (unsigned char)(0x80 >> bit % 8);

		net.from.bytes[bit / 8] &= (unsigned char)~mask;
		net.to.bytes[bit / 8] |= mask;
	}
	return net;
}

/* 255.255.255.0 as 24; false when ones follow a zero. */
static bool prefix_of(const struct ip *mask, unsigned *prefix)
{
	unsigned bits = (unsigned)(8 * bytes_of(mask)), n = 0;

	while (n < bits && mask->bytes[n / 8] & 0x80 >> n % 8)
		n++;
	for (unsigned i = n; i < bits; i++)
		if (mask->bytes[i / 8] & 0x80 >> i % 8)
			return false;
	*prefix = n;
	return true;
}

static bool take_prefix(struct slice text, const struct ip *ip, unsigned *prefix)
{
	struct ip mask;
	uint64_t n;

	if (slice_uint(text, 8 * bytes_of(ip), &n)) {
		*prefix = (unsigned)n;
		return true;
	}
	return ip_read(&mask, text) && mask.family == ip->family &&
		prefix_of(&mask, prefix);
}

bool net_parse(struct slice text, struct fw_net *out)
{
	struct slice rest = text, first;
	struct ip ip, last;
	unsigned prefix;

	if (ip_read(&ip, text)) {
		*out = (struct fw_net){ ip, ip };
		return true;
	}
	if (text.n && memchr(text.p, '-', text.n)) {
		first = slice_cut(&rest, '-');
		if (!ip_read(&ip, first) || !ip_read(&last, rest) ||
		    ip.family != last.family)
			return false;
		*out = (struct fw_net){ ip, last };
		return true;
	}
	first = slice_cut(&rest, '/');
	if (!ip_read(&ip, first) || !take_prefix(rest, &ip, &prefix))
		return false;
	*out = net_of(&ip, prefix);
	return true;
}

bool net_has(const struct fw_net *net, const struct ip *ip)
{
	size_t n = bytes_of(ip);

	return ip->family && ip->family == net->from.family &&
		memcmp(ip->bytes, net->from.bytes, n) >= 0 &&
		memcmp(ip->bytes, net->to.bytes, n) <= 0;
}

bool net_is_all(const struct fw_net *net)
{
	for (size_t i = 0; i < bytes_of(&net->from); i++)
		if (net->from.bytes[i] != 0 || net->to.bytes[i] != 0xff)
			return false;
	return true;
}
