#include <string.h>

#include "base/json.h"
#include "sources/nft_match.h"

/* What stands left of the comparison. FW_OTHER: nothing we know. */
static enum fw_field field_of(json_object *left)
{
	static const struct {
		const char *kind, *a, *b;	/* {"payload": {protocol a, field b}} */
		enum fw_field field;
	} fields[] = {
		{ "payload", "tcp", "dport", FW_DPORT }, { "payload", "th", "dport", FW_DPORT },
		{ "payload", "udp", "dport", FW_DPORT }, { "payload", "tcp", "sport", FW_SPORT },
		{ "payload", "th", "sport", FW_SPORT }, { "payload", "udp", "sport", FW_SPORT },
		{ "payload", "ip", "saddr", FW_SRC }, { "payload", "ip", "daddr", FW_DST },
		{ "payload", "ip6", "saddr", FW_SRC }, { "payload", "ip6", "daddr", FW_DST },
		{ "payload", "ip", "protocol", FW_PROTO },
		{ "payload", "ip6", "nexthdr", FW_PROTO },
		{ "meta", "l4proto", NULL, FW_PROTO }, { "meta", "iifname", NULL, FW_IN },
		{ "meta", "iif", NULL, FW_IN }, { "meta", "oifname", NULL, FW_OUT },
		{ "meta", "oif", NULL, FW_OUT }, { "meta", "skuid", NULL, FW_UID },
		{ "meta", "skgid", NULL, FW_GID }, { "meta", "nfproto", NULL, FW_IP_FAMILY },
		{ "meta", "protocol", NULL, FW_IP_FAMILY },
		{ "ct", "state", NULL, FW_STATE }, { "ct", "status", NULL, FW_TRANSLATED },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		json_object *o = json_member(left, fields[i].kind);
		const char *a = json_text(o, fields[i].b ? "protocol" : "key");
		const char *b = fields[i].b ? json_text(o, "field") : NULL;

		if (a && !strcmp(a, fields[i].a) &&
		    (!fields[i].b || (b && !strcmp(b, fields[i].b))))
			return fields[i].field;
	}
	return FW_OTHER;
}

json_object *nft_named_set(struct nft_reader *r, const struct fw_chain *c,
			   const char *name)
{
	for (size_t i = 0; i < json_count(r->list); i++) {
		json_object *o = json_object_array_get_idx(r->list, i);
		json_object *set = json_member(o, "set") ? json_member(o, "set") :
			json_member(o, "map");
		const char *is = json_text(set, "name"), *table = json_text(set, "table");

		if (is && table && !strcmp(is, name) && !strcmp(table, c->table))
			return json_member(set, "elem");
	}
	return NULL;
}

/* ---- values ----------------------------------------------------------- */

struct word {
	const char *name;
	uint32_t number;
};

static bool word_number(const struct word *words, const char *s, uint32_t *out)
{
	for (; words->name; words++)
		if (!strcmp(words->name, s)) {
			*out = words->number;
			return true;
		}
	return false;
}

static bool number_of(enum fw_field field, json_object *o, uint32_t *out)
{
	static const struct word protocols[] = {
		{ "tcp", 6 }, { "udp", 17 }, { "icmp", 1 }, { "ipv6-icmp", 58 },
		{ "icmpv6", 58 }, { "esp", 50 }, { "ah", 51 }, { "sctp", 132 },
		{ "dccp", 33 }, { "udplite", 136 }, { "comp", 108 }, { NULL, 0 }
	}, families[] = {
		{ "ipv4", 4 }, { "ip", 4 }, { "ipv6", 6 }, { "ip6", 6 }, { NULL, 0 }
	}, states[] = {
		{ "new", 1 }, { "established", 0 }, { "related", 0 },
		{ "invalid", 0 }, { "untracked", 0 }, { NULL, 0 }
	}, statuses[] = { { "dnat", 1 }, { NULL, 0 } }, none[] = { { NULL, 0 } };
	const struct word *words = field == FW_PROTO ? protocols :
		field == FW_IP_FAMILY ? families : field == FW_STATE ? states :
		field == FW_TRANSLATED ? statuses : none;
	int64_t n;

	if (json_object_is_type(o, json_type_string))
		return word_number(words, json_object_get_string(o), out);
	if (!json_object_is_type(o, json_type_int))
		return false;
	n = json_object_get_int64(o);
	*out = (uint32_t)n;
	return n >= 0 && n <= UINT32_MAX;
}

static bool net_value(json_object *o, struct fw_net *net)
{
	json_object *prefix = json_member(o, "prefix"), *range = json_member(o, "range");
	const char *addr = json_text(prefix, "addr");
	int64_t len = json_number(prefix, "len", -1);
	struct ip ip;
	bool known = addr && ip_parse(&ip, addr);

	if (json_object_is_type(o, json_type_string))
		return net_parse(slice_of(json_object_get_string(o)), net);
	if (known && ip.family == 4 && strchr(addr, ':'))	/* ::ffff:0.0.0.0/96 */
		len -= 96;
	if (known && len >= 0 && len <= (ip.family == 4 ? 32 : 128)) {
		*net = net_of(&ip, (unsigned)len);
		return true;
	}
	if (json_count(range) != 2)
		return false;
	return ip_parse(&net->from, json_object_get_string(json_object_array_get_idx(range, 0))) &&
		ip_parse(&net->to, json_object_get_string(json_object_array_get_idx(range, 1))) &&
		net->from.family == net->to.family;
}

static bool number_value(enum fw_field field, json_object *o, uint32_t *from,
			 uint32_t *to)
{
	json_object *range = json_member(o, "range");

	if (json_count(range) == 2)
		return number_of(field, json_object_array_get_idx(range, 0), from) &&
			number_of(field, json_object_array_get_idx(range, 1), to);
	if (!number_of(field, o, from))
		return false;
	*to = *from;
	return true;
}

/* One value into m; false when it is not understood. */
static bool take_value(struct nft_rule *n, struct fw_match *m, json_object *o)
{
	json_object *elem = json_member(o, "elem");
	struct fw_net net;
	uint32_t from, to;

	if (json_object_is_type(elem, json_type_object))	/* with timeout, comment */
		o = json_member(elem, "val");
	switch (m->field) {
	case FW_SRC:
	case FW_DST:
		if (!net_value(o, &net))
			return false;
		match_net(n->a, m, &net);
		return true;
	case FW_IN:
	case FW_OUT:
		if (!json_object_is_type(o, json_type_string))
			return false;
		match_name(n->a, m, slice_of(json_object_get_string(o)));
		return true;
	default:
		if (!number_value(m->field, o, &from, &to))
			return false;
		match_range(n->a, m, from, to);
		return true;
	}
}

static bool take_values(struct nft_rule *n, struct fw_match *m, json_object *list)
{
	for (size_t i = 0; i < json_count(list); i++)
		if (!take_value(n, m, json_object_array_get_idx(list, i)))
			return false;
	return true;
}

/* A state is new or it is not: {"set": ["new", "established"]} is new. */
static void settle_state(struct fw_match *m)
{
	bool fresh = false;

	for (size_t i = 0; i < m->n; i++)
		fresh |= m->ranges[i].from;
	for (size_t i = 0; fresh && i < m->n; i++)
		if (m->ranges[i].from) {
			m->ranges = &m->ranges[i];
			m->n = 1;
		}
	if (!m->n)
		m->field = FW_OTHER;
}

/* A set by name: its elements, or only that it is one. */
static bool take_named(struct nft_rule *n, struct fw_match *m, const char *name)
{
	json_object *elem = nft_named_set(n->r, n->chain, name);

	if (json_object_is_type(elem, json_type_array) && take_values(n, m, elem))
		return true;
	if (m->field != FW_SRC && m->field != FW_DST)
		return false;
	m->field = m->field == FW_SRC ? FW_SRC_SET : FW_DST_SET;
	m->n = 0;
	m->names = NULL;
	match_name(n->a, m, slice_of(name));
	return true;
}

static bool take_right(struct nft_rule *n, struct fw_match *m, json_object *right)
{
	json_object *set = json_member(right, "set");
	const char *s = json_object_is_type(right, json_type_string) ?
		json_object_get_string(right) : "";

	if (*s == '@')
		return take_named(n, m, s + 1);
	if (json_object_is_type(right, json_type_array))	/* flags: any of these */
		return take_values(n, m, right);
	if (json_object_is_type(set, json_type_array))
		return take_values(n, m, set);
	return take_value(n, m, set ? set : right);
}

/* tcp dport says that it is TCP, ip saddr that it is IPv4. */
static void implied(struct nft_rule *n, json_object *left)
{
	static const struct {
		const char *protocol;
		enum fw_field field;
		uint32_t number;
	} said[] = {
		{ "tcp", FW_PROTO, 6 }, { "udp", FW_PROTO, 17 }, { "icmp", FW_PROTO, 1 },
		{ "icmpv6", FW_PROTO, 58 }, { "ip", FW_IP_FAMILY, 4 },
		{ "ip6", FW_IP_FAMILY, 6 },
	};
	const char *protocol = json_text(json_member(left, "payload"), "protocol");

	for (size_t i = 0; protocol && i < sizeof(said) / sizeof(*said); i++)
		if (!strcmp(protocol, said[i].protocol))
			match_range(n->a, match_add(n->a, &n->rule->match, said[i].field, false),
				    said[i].number, said[i].number);
}

/* "fib saddr . iif oif missing": a source to which no way leads back by the
 * interface it came from is no client of ours. */
static bool way_back(struct nft_rule *n, json_object *left, json_object *right, bool negated)
{
	json_object *fib = json_member(left, "fib"), *flags = json_member(fib, "flags");
	const char *result = json_text(fib, "result");
	bool source = false;
	uint32_t there;

	for (size_t i = 0; i < json_count(flags); i++) {
		const char *s = json_object_get_string(json_object_array_get_idx(flags, i));

		source |= s && !strcmp(s, "saddr");
	}
	if (!source || !result || strcmp(result, "oif") ||
	    !json_object_is_type(right, json_type_boolean))
		return false;
	there = json_object_get_boolean(right) ? 1 : 0;
	match_range(n->a, match_add(n->a, &n->rule->match, FW_STATE, negated), there, there);
	return true;
}

static void compare(struct nft_rule *n, json_object *left, json_object *right,
		    bool negated)
{
	struct fw_match *m;

	if (way_back(n, left, right, negated))
		return;
	implied(n, left);
	m = match_add(n->a, &n->rule->match, field_of(left), negated);
	if (m->field == FW_OTHER)
		return;
	if (!take_right(n, m, right))
		m->field = FW_OTHER;
	else if (m->field == FW_STATE)
		settle_state(m);
}

void nft_equals(struct nft_rule *n, json_object *left, json_object *right)
{
	compare(n, left, right, false);
}

void nft_match(struct nft_rule *n, json_object *o)
{
	const char *op = json_text(o, "op");
	json_object *left = json_member(o, "left");
	bool is = op && (!strcmp(op, "==") || !strcmp(op, "in"));
	bool is_not = op && !strcmp(op, "!=");

	if (is || is_not)
		compare(n, left, json_member(o, "right"), is_not);
	else
		match_add(n->a, &n->rule->match, FW_OTHER, false);
}
