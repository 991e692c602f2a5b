#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "sources/nft.h"
#include "sources/nft_match.h"

/* ---- statements that end or move the walk ----------------------------- */

static void take_chain(struct nft_rule *n, enum fw_target target, json_object *o)
{
	const char *name = json_text(o, "target");

	n->rule->target = name ? target : FW_STRANGE;
	n->rule->with = arena_strdup(n->a, name ? name : "");
}

static void take_jump(struct nft_rule *n, json_object *o)
{
	take_chain(n, FW_JUMP, o);
}

static void take_goto(struct nft_rule *n, json_object *o)
{
	take_chain(n, FW_GOTO, o);
}

/* "reject with icmp …" is IPv4's alone, also where the listing leaves that out. */
static void of_family(struct nft_rule *n, uint32_t family)
{
	match_range(n->a, match_add(n->a, &n->rule->match, FW_IP_FAMILY, false), family, family);
}

/* Without a type it is the family's port-unreachable. */
static void take_reject(struct nft_rule *n, json_object *o)
{
	const char *type = json_text(o, "type"), *expr = json_text(o, "expr");
	const char *with = expr ? expr : type ? type : "port-unreachable";

	n->rule->target = FW_REJECT;
	n->rule->with = arena_strdup(n->a, with);
	if (strcmp(with, "port-unreachable") && strcmp(with, "tcp reset"))
		n->rule->reject = FW_REJECT_UNREACHABLE;
	if (type && (!strcmp(type, "icmp") || !strcmp(type, "icmpv6")))
		of_family(n, type[4] ? 6 : 4);
}

static void take_redirect(struct nft_rule *n, json_object *o)
{
	json_object *port = json_member(o, "port");

	n->rule->target = !port || json_object_is_type(port, json_type_int) ?
		FW_REDIRECT : FW_STRANGE;
	n->rule->to_port = (uint16_t)json_number(o, "port", 0);
}

static void take_dnat(struct nft_rule *n, json_object *o)
{
	json_object *addr = json_member(o, "addr"), *port = json_member(o, "port");
	bool plain = (!port || json_object_is_type(port, json_type_int)) &&
		(!addr || (json_object_is_type(addr, json_type_string) &&
			   ip_parse(&n->rule->to, json_object_get_string(addr))));

	n->rule->target = plain ? FW_DNAT : FW_STRANGE;
	n->rule->to_port = (uint16_t)json_number(o, "port", 0);
}

static void take_accept(struct nft_rule *n, json_object *o)
{
	(void)o;
	n->rule->target = FW_ACCEPT;
}

static void take_drop(struct nft_rule *n, json_object *o)
{
	(void)o;
	n->rule->target = FW_DROP;
}

static void take_return(struct nft_rule *n, json_object *o)
{
	(void)o;
	n->rule->target = FW_RETURN;
}

static void take_nothing(struct nft_rule *n, json_object *o)
{
	(void)n;
	(void)o;
}

/* "limit rate over" is not reached by one connection. */
static void take_limit(struct nft_rule *n, json_object *o)
{
	if (json_flag(o, "inv") == 1)
		match_add(n->a, &n->rule->match, FW_PROTO, false);
}

static void take_other(struct nft_rule *n, json_object *o)
{
	(void)o;
	match_add(n->a, &n->rule->match, FW_OTHER, false);
}

/* A rule of iptables, of which nothing more is told. */
static void take_xt(struct nft_rule *n, json_object *o)
{
	const char *type = json_text(o, "type");

	if (type && !strcmp(type, "target"))
		n->rule->target = FW_STRANGE;
	else
		take_other(n, o);
}

static const struct statement {
	const char *name;
	void (*take)(struct nft_rule *n, json_object *o);
} statements[] = {
	{ "match", nft_match }, { "accept", take_accept }, { "drop", take_drop },
	{ "return", take_return }, { "continue", take_nothing },
	{ "jump", take_jump }, { "goto", take_goto }, { "reject", take_reject },
	{ "redirect", take_redirect }, { "dnat", take_dnat },
	{ "snat", take_accept }, { "masquerade", take_accept },
	{ "counter", take_nothing }, { "log", take_nothing }, { "limit", take_limit },
	{ "comment", take_nothing }, { "mangle", take_nothing },
	{ "ct helper", take_nothing }, { "set", take_nothing }, { "map", take_nothing },
	{ "ct count", take_limit }, { "quota", take_other }, { "meter", take_other },
	{ "xt", take_xt },
};

static const struct statement *statement_of(const char *name)
{
	for (size_t i = 0; i < sizeof(statements) / sizeof(*statements); i++)
		if (!strcmp(statements[i].name, name))
			return &statements[i];
	return NULL;
}

/* {"accept": null}, {"match": {…}}: the first member is the statement. */
static void take_statement(struct nft_rule *n, json_object *o)
{
	const struct statement *s;

	if (json_object_is_type(o, json_type_string)) {	/* "notrack" */
		n->rule->target = FW_STRANGE;
		return;
	}
	if (!json_object_is_type(o, json_type_object))
		return;
	json_object_object_foreach(o, name, inner) {
		s = statement_of(name);
		if (s)
			s->take(n, inner);
		else
			n->rule->target = FW_STRANGE;
	}
}

/* ---- verdict maps ----------------------------------------------------- */

/* One rule for each pair of {"vmap": {"key": …, "data": {"set": [[k, v] …]}}}:
 * the keys of a map exclude each other, so their order is none. */
static void take_pair(struct nft_reader *r, struct fw_chain *c,
		      struct nft_rule *like, json_object *key, json_object *pair)
{
	struct nft_rule n = *like;

	if (json_count(pair) != 2)
		return;
	n.rule = ruleset_rule(r->out, r->a, c, slice_of(like->rule->text), 0);
	if (!n.rule)
		return;
	n.rule->match = like->rule->match;
	nft_equals(&n, key, json_object_array_get_idx(pair, 0));
	take_statement(&n, json_object_array_get_idx(pair, 1));
}

/* The pairs of a map that stands in the rule or has a name. */
static json_object *pairs_of(struct nft_reader *r, const struct fw_chain *c,
			     json_object *data)
{
	json_object *set = json_member(data, "set");
	const char *name = json_object_is_type(data, json_type_string) ?
		json_object_get_string(data) : "";

	if (*name == '@')
		set = nft_named_set(r, c, name + 1);
	return json_object_is_type(set, json_type_array) ? set : NULL;
}

static void take_vmap(struct nft_reader *r, struct fw_chain *c,
		      struct nft_rule *n, json_object *vmap)
{
	struct fw_rule like = *n->rule;
	struct nft_rule from = *n;
	json_object *pairs = pairs_of(r, c, json_member(vmap, "data"));

	if (!pairs) {
		n->rule->target = FW_STRANGE;
		take_other(n, NULL);
		return;
	}
	from.rule = &like;
	for (size_t i = 0; i < json_count(pairs); i++)
		take_pair(r, c, &from, json_member(vmap, "key"),
			  json_object_array_get_idx(pairs, i));
}

/* ---- tables, chains, rules -------------------------------------------- */

static unsigned families_of(const char *name)
{
	if (!name)
		return 0;
	return !strcmp(name, "ip") ? FW_V4 : !strcmp(name, "ip6") ? FW_V6 :
		!strcmp(name, "inet") ? FW_V4 | FW_V6 : 0;
}

static struct fw_chain *chain_of(struct nft_reader *r, json_object *o, const char *key)
{
	const char *table = json_text(o, "table"), *name = json_text(o, key);
	unsigned families = families_of(json_text(o, "family"));

	if (!families || !table || !name ||
	    ruleset_has_table(r->out, FW_IPTABLES, families, slice_of(table)))
		return NULL;
	return ruleset_chain(r->out, r->a, FW_NFT, families, slice_of(table),
			     slice_of(name));
}

static enum fw_hook hook_of(const char *name)
{
	static const char *const names[] = {
		[FW_PREROUTING] = "prerouting", [FW_INPUT] = "input",
		[FW_FORWARD] = "forward", [FW_OUTPUT] = "output",
		[FW_POSTROUTING] = "postrouting",
	};

	for (int i = FW_PREROUTING; name && i <= FW_POSTROUTING; i++)
		if (!strcmp(name, names[i]))
			return (enum fw_hook)i;
	return FW_NO_HOOK;
}

static void take_chain_object(struct nft_reader *r, json_object *o)
{
	const char *family = json_text(o, "family"), *hook = json_text(o, "hook");
	const char *type = json_text(o, "type"), *policy = json_text(o, "policy");
	struct fw_chain *c = chain_of(r, o, "name");

	if (hook && hook_of(hook) == FW_NO_HOOK && family && strcmp(family, "bridge") &&
	    strcmp(family, "arp"))
		ruleset_gap(r->out, r->a, FW_V4 | FW_V6, true,
			    "nftables filters at an interface, which is not looked at");
	if (!c)
		return;
	c->hook = hook_of(hook);
	c->priority = (int)json_number(o, "prio", 0);
	c->nat = type && !strcmp(type, "nat");
	c->drops = policy && !strcmp(policy, "drop");
}

static void take_rule_object(struct nft_reader *r, json_object *o)
{
	struct fw_chain *c = chain_of(r, o, "chain");
	json_object *expr = json_member(o, "expr");
	const char *text = json_object_to_json_string_ext(expr, JSON_C_TO_STRING_PLAIN);
	struct nft_rule n = { .r = r, .a = r->a, .chain = c };
	json_object *vmap = NULL;
	size_t at;

	if (!c)
		return;
	n.rule = ruleset_rule(r->out, r->a, c, slice_of(text), 0);
	if (!n.rule)
		return;
	for (size_t i = 0; i < json_count(expr); i++) {
		json_object *s = json_object_array_get_idx(expr, i);

		if (json_member(s, "vmap"))
			vmap = json_member(s, "vmap");
		else
			take_statement(&n, s);
	}
	at = c->nrules - 1;
	if (vmap) {
		take_vmap(r, c, &n, vmap);
		if (c->rules[at].target != FW_STRANGE)
			c->rules[at].target = FW_CONTINUE;
	}
}

static void each(struct nft_reader *r, const char *kind,
		 void (*take)(struct nft_reader *r, json_object *o))
{
	for (size_t i = 0; i < json_count(r->list); i++) {
		json_object *o = json_member(json_object_array_get_idx(r->list, i), kind);

		if (json_object_is_type(o, json_type_object))
			take(r, o);
	}
}

int nft_read(struct slice text, struct arena *a, struct fw_ruleset *out,
	     struct err *e)
{
	json_object *o = json_read(text.p, text.n, "nft -j list ruleset", e);
	struct nft_reader r = { .a = a, .out = out };
	int rc = 0;

	if (!o)
		return -1;
	r.list = json_member(o, "nftables");
	if (json_object_is_type(r.list, json_type_array)) {
		each(&r, "chain", take_chain_object);
		each(&r, "rule", take_rule_object);
	} else {
		rc = err_set(e, ERR_UNAVAILABLE, "nft printed JSON that is no ruleset");
	}
	json_object_put(o);
	return rc;
}
