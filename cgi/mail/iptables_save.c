#include <stdio.h>
#include <string.h>

#include "mail/cursor.h"
#include "mail/iptables_save.h"

#define PORT_MAX 65535u
#define ID_MAX 4294967295u

struct reader {
	struct arena *a;
	struct fw_ruleset *out;
	enum fw_family family;
	enum fw_origin origin;
	struct slice table;	/* empty between tables */
	unsigned line;
};

/* The words of one rule. */
struct words {
	struct slice rest;
	struct fw_rule *rule;
	const struct fw_match **matches;
	bool negated;		/* "!" stands before the option */
	bool in_target;		/* behind -j: options are the target's */
};

/* The next word; one in quotes (a backslash escapes) is what stands between. */
static bool word(struct slice *rest, struct slice *out)
{
	size_t n = 0;

	*rest = slice_trim(*rest);
	if (!rest->n)
		return false;
	if (*rest->p != '"') {
		while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t')
			n++;
		*out = (struct slice){ rest->p, n };
		*rest = cursor_drop(*rest, n);
		return true;
	}
	for (n = 1; n < rest->n && rest->p[n] != '"'; n++)
		if (rest->p[n] == '\\')
			n++;
	if (n > rest->n)
		n = rest->n;
	*out = (struct slice){ rest->p + 1, n - 1 };
	*rest = cursor_drop(*rest, n < rest->n ? n + 1 : n);
	return true;
}

/* An option's value, empty at the line's end; "! VALUE" is how versions before
 * 1.4.3 negate. */
static struct slice value(struct words *w)
{
	struct slice v = { w->rest.p, 0 };

	if (word(&w->rest, &v) && slice_eq(v, "!")) {
		w->negated = true;
		word(&w->rest, &v);
	}
	return v;
}

static struct fw_match *add(struct reader *r, struct words *w, enum fw_field field)
{
	return match_add(r->a, w->matches, field, w->negated);
}

static void other(struct reader *r, struct words *w)
{
	match_add(r->a, w->matches, FW_OTHER, false);
}

static void take_ranges(struct reader *r, struct words *w, enum fw_field field,
			uint32_t max, char mark)
{
	struct slice v = value(w);
	struct fw_match *m = add(r, w, field);

	do {
		struct fw_range x;

		if (range_parse(slice_cut(&v, ','), max, mark, &x))
			match_range(r->a, m, x.from, x.to);
		else
			m->field = FW_OTHER;
	} while (v.n);
}

static void take_ports(struct reader *r, struct words *w, enum fw_field field)
{
	take_ranges(r, w, field, PORT_MAX, ':');
}

static void take_sport(struct reader *r, struct words *w) { take_ports(r, w, FW_SPORT); }
static void take_dport(struct reader *r, struct words *w) { take_ports(r, w, FW_DPORT); }

static void take_uid(struct reader *r, struct words *w)
{
	take_ranges(r, w, FW_UID, ID_MAX, '-');
}

static void take_gid(struct reader *r, struct words *w)
{
	take_ranges(r, w, FW_GID, ID_MAX, '-');
}

static void take_proto(struct reader *r, struct words *w)
{
	static const struct { const char *name; uint32_t number; } names[] = {
		{ "tcp", 6 }, { "udp", 17 }, { "icmp", 1 }, { "ipv6-icmp", 58 },
	};
	struct slice v = value(w);
	uint32_t number = 256;	/* another name: a protocol that is not TCP */
	uint64_t n;

	if (slice_eq(v, "all") || slice_eq(v, "0"))
		return;
	if (slice_uint(v, 255, &n))
		number = (uint32_t)n;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (slice_eq(v, names[i].name))
			number = names[i].number;
	match_range(r->a, add(r, w, FW_PROTO), number, number);
}

/* "::ffff:0.0.0.0/96", as firewalld writes it: no packet of IPv6 has such an address. */
static bool is_mapped(struct slice v, struct fw_net *net)
{
	struct slice rest = v, first = slice_cut(&rest, '/');
	struct ip ip;
	uint64_t n;

	if (!memchr(first.p, ':', first.n) || !ip_read(&ip, first) || ip.family != 4 ||
	    !slice_uint(rest, 128, &n) || n < 96)
		return false;
	*net = net_of(&ip, (unsigned)n - 96);
	return true;
}

static void take_net(struct reader *r, struct words *w, enum fw_field field)
{
	struct slice v = value(w);
	struct fw_match *m = add(r, w, field);
	struct fw_net net;

	if (is_mapped(v, &net) || net_parse(v, &net))
		match_net(r->a, m, &net);
	else
		m->field = FW_OTHER;
}

static void take_src(struct reader *r, struct words *w) { take_net(r, w, FW_SRC); }
static void take_dst(struct reader *r, struct words *w) { take_net(r, w, FW_DST); }

static void take_in(struct reader *r, struct words *w)
{
	struct slice v = value(w);

	match_name(r->a, add(r, w, FW_IN), v);
}

static void take_out(struct reader *r, struct words *w)
{
	struct slice v = value(w);

	match_name(r->a, add(r, w, FW_OUT), v);
}

/* --match-set NAME src,dst: only what is asked of one end alone can be told. */
static void take_set(struct reader *r, struct words *w)
{
	bool negated = w->negated;
	struct slice name = value(w), by = value(w);

	w->negated = negated;
	match_name(r->a, add(r, w, slice_eq(by, "src") ? FW_SRC_SET :
			     slice_eq(by, "dst") ? FW_DST_SET : FW_OTHER), name);
}

/* -m recent: addresses seen lately are a set. */
static void take_recent(struct reader *r, struct words *w)
{
	match_name(r->a, add(r, w, FW_SRC_SET), SLICE("recent"));
}

/* --dst-type LOCAL */
static void take_dst_type(struct reader *r, struct words *w)
{
	struct slice v = value(w);

	add(r, w, slice_eq(v, "LOCAL") ? FW_DST_LOCAL : FW_OTHER);
}

/* A rate or count that is not exceeded: no packet of ours is meant. */
static void take_above(struct reader *r, struct words *w)
{
	value(w);
	match_add(r->a, w->matches, FW_PROTO, false);
}

static void take_state(struct reader *r, struct words *w)
{
	struct slice v = value(w);
	bool fresh = false, to = false, from = false;
	struct fw_match *m;

	do {
		struct slice s = slice_cut(&v, ',');

		fresh |= slice_eq(s, "NEW");
		from |= slice_eq(s, "SNAT");
		to |= slice_eq(s, "DNAT");
	} while (v.n);
	m = add(r, w, fresh ? FW_STATE : from ? FW_OTHER : to ? FW_TRANSLATED : FW_STATE);
	match_range(r->a, m, fresh, fresh);
}

/* -m rpfilter --invert: a source to which no way leads back by the interface it came
 * from is no client of ours. Without --invert all of them match. */
static void take_no_way_back(struct reader *r, struct words *w)
{
	match_range(r->a, add(r, w, FW_STATE), 0, 0);
}

/* FIN,SYN,… as bits of the TCP header; 256 for a name that is none. */
static uint32_t flags(struct slice v)
{
	static const struct { const char *name; uint32_t bits; } names[] = {
		{ "FIN", 1 }, { "SYN", 2 }, { "RST", 4 }, { "PSH", 8 },
		{ "ACK", 16 }, { "URG", 32 }, { "ALL", 63 }, { "NONE", 0 },
	};
	uint32_t all = 0;

	do {
		struct slice s = slice_cut(&v, ',');
		uint32_t bits = 256;

		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
			if (slice_eq(s, names[i].name))
				bits = names[i].bits;
		all |= bits;
	} while (v.n);
	return all;
}

static void take_flags(struct reader *r, struct words *w)
{
	struct slice mask = value(w), wanted = value(w);
	struct fw_match *m = add(r, w, FW_FLAGS);

	match_range(r->a, m, flags(mask), flags(wanted));
	if ((m->ranges[0].from | m->ranges[0].to) & 256)
		m->field = FW_OTHER;
}

static void take_syn(struct reader *r, struct words *w)
{
	match_range(r->a, add(r, w, FW_FLAGS), 1 | 2 | 4 | 16, 2);
}

/* A value that decides nothing. */
static void take_value(struct reader *r, struct words *w)
{
	(void)r;
	value(w);
}

static void take_nothing(struct reader *r, struct words *w)
{
	(void)r;
	(void)w;
}

/* A module whose options are in the table says nothing by itself; any other
 * may do what it likes. */
static void take_module(struct reader *r, struct words *w)
{
	static const char *const known[] = {
		"tcp", "udp", "icmp", "icmp6", "multiport", "owner", "conntrack",
		"state", "comment", "iprange", "set", "limit", "hashlimit",
		"connlimit", "recent", "addrtype", "rpfilter",
	};
	struct slice v = value(w);

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (slice_eq(v, known[i]))
			return;
	other(r, w);
}

/* ---- targets ---------------------------------------------------------- */

static bool has_chain(const struct reader *r, struct slice name)
{
	for (const struct fw_chain *c = r->out->chains; c; c = c->next)
		if (c->origin == r->origin && c->families == r->family &&
		    slice_eq(r->table, c->table) && slice_eq(name, c->name))
			return true;
	return false;
}

static enum fw_target target_of(const struct reader *r, struct slice name)
{
	static const struct { const char *name; enum fw_target target; } known[] = {
		{ "ACCEPT", FW_ACCEPT }, { "DROP", FW_DROP }, { "REJECT", FW_REJECT },
		{ "RETURN", FW_RETURN }, { "REDIRECT", FW_REDIRECT }, { "DNAT", FW_DNAT },
		{ "MASQUERADE", FW_ACCEPT }, { "SNAT", FW_ACCEPT },
		{ "LOG", FW_CONTINUE }, { "NFLOG", FW_CONTINUE }, { "ULOG", FW_CONTINUE },
		{ "MARK", FW_CONTINUE }, { "CONNMARK", FW_CONTINUE },
		{ "TCPMSS", FW_CONTINUE }, { "SET", FW_CONTINUE }, { "TRACE", FW_CONTINUE },
		{ "DSCP", FW_CONTINUE }, { "TOS", FW_CONTINUE }, { "TTL", FW_CONTINUE },
		{ "CHECKSUM", FW_CONTINUE }, { "AUDIT", FW_CONTINUE },
		{ "CLASSIFY", FW_CONTINUE }, { "SECMARK", FW_CONTINUE },
		{ "CONNSECMARK", FW_CONTINUE }, { "HL", FW_CONTINUE },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (slice_eq(name, known[i].name))
			return known[i].target;
	return has_chain(r, name) ? FW_JUMP : FW_STRANGE;
}

static void take_jump(struct reader *r, struct words *w)
{
	struct slice v = value(w);

	w->in_target = true;
	w->rule->target = target_of(r, v);
	if (w->rule->target == FW_JUMP)
		w->rule->with = arena_strndup(r->a, v.p, v.n);
	if (w->rule->target == FW_REJECT)
		w->rule->with = r->family == FW_V4 ? "icmp-port-unreachable" :
			"icmp6-port-unreachable";
}

static void take_goto(struct reader *r, struct words *w)
{
	struct slice v = value(w);

	w->in_target = true;
	w->rule->target = has_chain(r, v) ? FW_GOTO : FW_STRANGE;
	w->rule->with = arena_strndup(r->a, v.p, v.n);
}

/* A reset and "port unreachable" look like a port where nothing listens. */
static void take_reject(struct reader *r, struct words *w)
{
	struct slice v = value(w);

	w->rule->with = arena_strndup(r->a, v.p, v.n);
	if (!slice_eq(v, "tcp-reset") && !slice_eq(v, "icmp-port-unreachable") &&
	    !slice_eq(v, "icmp6-port-unreachable") && !slice_eq(v, "port-unreach"))
		w->rule->reject = FW_REJECT_UNREACHABLE;
}

static void take_to_ports(struct reader *r, struct words *w)
{
	struct fw_range x;

	(void)r;
	if (!range_parse(value(w), PORT_MAX, '-', &x) || x.from != x.to)
		w->rule->target = FW_STRANGE;
	else
		w->rule->to_port = (uint16_t)x.from;
}

/* ADDRESS, ADDRESS:PORT, [ADDRESS]:PORT, :PORT; ranges are not followed. */
static void take_to_destination(struct reader *r, struct words *w)
{
	struct slice v = value(w), address = v, port = { NULL, 0 };
	const char *colon = v.n ? memrchr(v.p, ':', v.n) : NULL;
	uint64_t n = 0;

	(void)r;
	if (colon && (r->family == FW_V4 || *v.p == '[')) {
		port = cursor_drop(v, (size_t)(colon - v.p) + 1);
		address.n = (size_t)(colon - v.p);
	}
	if (address.n > 1 && *address.p == '[')
		address = (struct slice){ address.p + 1, address.n - 2 };
	if ((address.n && !ip_read(&w->rule->to, address)) ||
	    (port.n && !slice_uint(port, PORT_MAX, &n)))
		w->rule->target = FW_STRANGE;
	w->rule->to_port = (uint16_t)n;
}

static void take_notrack(struct reader *r, struct words *w)
{
	(void)r;
	w->rule->target = FW_STRANGE;
}

/* ---- rules ------------------------------------------------------------ */

struct option {
	const char *name;
	void (*take)(struct reader *r, struct words *w);
};

static const struct option match_options[] = {
	{ "-s", take_src }, { "-d", take_dst }, { "-i", take_in }, { "-o", take_out },
	{ "-p", take_proto }, { "-m", take_module }, { "-j", take_jump },
	{ "-g", take_goto }, { "--dport", take_dport }, { "--sport", take_sport },
	{ "--dports", take_dport }, { "--sports", take_sport },
	{ "--destination-port", take_dport }, { "--source-port", take_sport },
	{ "--src-range", take_src }, { "--dst-range", take_dst },
	{ "--uid-owner", take_uid }, { "--gid-owner", take_gid },
	{ "--socket-exists", take_nothing }, { "--ctstate", take_state },
	{ "--state", take_state }, { "--tcp-flags", take_flags },
	{ "--syn", take_syn }, { "--match-set", take_set },
	{ "--comment", take_value }, { "--dst-type", take_dst_type },
	{ "--limit", take_value }, { "--limit-burst", take_value },
	{ "--hashlimit-upto", take_value }, { "--hashlimit-above", take_above },
	{ "--hashlimit-burst", take_value }, { "--hashlimit-mode", take_value },
	{ "--hashlimit-name", take_value }, { "--hashlimit-srcmask", take_value },
	{ "--hashlimit-htable-expire", take_value },
	{ "--connlimit-above", take_above }, { "--connlimit-upto", take_value },
	{ "--connlimit-mask", take_value }, { "--connlimit-saddr", take_nothing },
	{ "--connlimit-daddr", take_nothing },
	{ "--rcheck", take_recent }, { "--update", take_recent },
	{ "--remove", take_recent }, { "--set", take_nothing },
	{ "--seconds", take_value }, { "--hitcount", take_value },
	{ "--name", take_value }, { "--mask", take_value },
	{ "--rsource", take_nothing }, { "--validmark", take_nothing },
	{ "--loose", take_nothing }, { "--accept-local", take_nothing },
	{ "--invert", take_no_way_back },
};

static const struct option target_options[] = {
	{ "--reject-with", take_reject }, { "--to-ports", take_to_ports },
	{ "--to-destination", take_to_destination }, { "--notrack", take_notrack },
};

static bool take_option(const struct option *table, size_t n, struct slice name,
			struct reader *r, struct words *w)
{
	for (size_t i = 0; i < n; i++)
		if (slice_eq(name, table[i].name)) {
			table[i].take(r, w);
			return true;
		}
	return false;
}

static void take_word(struct slice name, struct reader *r, struct words *w)
{
	if (slice_eq(name, "!")) {
		w->negated = true;
		return;
	}
	if (w->in_target)
		take_option(target_options, sizeof(target_options) /
			    sizeof(*target_options), name, r, w);
	else if (!take_option(match_options, sizeof(match_options) /
			      sizeof(*match_options), name, r, w))
		other(r, w);
	w->negated = false;
}

static void gap_at(struct reader *r, const char *what)
{
	char why[100];

	snprintf(why, sizeof(why), "%s (line %u of ip%stables-save)", what, r->line,
		 r->family == FW_V6 ? "6" : "");
	ruleset_gap(r->out, r->a, (unsigned)r->family, false, why);
}

/* "-A CHAIN …", maybe behind "[packets:bytes] ". */
static void take_rule(struct reader *r, struct slice line)
{
	struct words w = { .rest = line };
	struct fw_chain *c;
	struct slice name;

	if (line.n && *line.p == '[')
		slice_cut(&w.rest, ' ');
	line = w.rest;
	if (!cursor_take(&w.rest, "-A ") || !word(&w.rest, &name) ||
	    !has_chain(r, name)) {
		gap_at(r, "a line is no rule of a chain");
		return;
	}
	c = ruleset_chain(r->out, r->a, r->origin, r->family, r->table, name);
	w.rule = ruleset_rule(r->out, r->a, c, line, r->line);
	if (!w.rule)
		return;
	w.matches = &w.rule->match;
	while (word(&w.rest, &name)) {
		if (name.p[-1] == '"')	/* a value, whatever it looks like */
			other(r, &w);
		else
			take_word(name, r, &w);
	}
}

/* ---- tables and chains ------------------------------------------------ */

static enum fw_hook hook_of(struct slice name)
{
	static const char *const names[] = {
		[FW_PREROUTING] = "PREROUTING", [FW_INPUT] = "INPUT",
		[FW_FORWARD] = "FORWARD", [FW_OUTPUT] = "OUTPUT",
		[FW_POSTROUTING] = "POSTROUTING",
	};

	for (int i = FW_PREROUTING; i <= FW_POSTROUTING; i++)
		if (slice_eq(name, names[i]))
			return (enum fw_hook)i;
	return FW_NO_HOOK;
}

/* linux/netfilter_ipv4.h, enum nf_ip_hook_priorities. */
static bool priority_of(struct slice table, enum fw_hook hook, int *out)
{
	static const struct { const char *name; int priority; } tables[] = {
		{ "raw", -300 }, { "mangle", -150 }, { "filter", 0 }, { "security", 50 },
	};

	if (slice_eq(table, "nat")) {
		*out = hook == FW_PREROUTING || hook == FW_OUTPUT ? -100 : 100;
		return true;
	}
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		if (slice_eq(table, tables[i].name)) {
			*out = tables[i].priority;
			return true;
		}
	return false;
}

/* ":INPUT DROP [0:0]", ":SMTPOUTPUT - [0:0]" */
static void take_chain(struct reader *r, struct slice line)
{
	struct slice rest = cursor_drop(line, 1), name, policy;
	struct fw_chain *c;

	if (!r->table.n || !word(&rest, &name) || !word(&rest, &policy)) {
		gap_at(r, "a chain is not understood");
		return;
	}
	c = ruleset_chain(r->out, r->a, r->origin, r->family, r->table, name);
	if (slice_eq(policy, "-"))
		return;
	c->hook = hook_of(name);
	c->drops = slice_eq(policy, "DROP");
	c->nat = slice_eq(r->table, "nat");
	if (!priority_of(r->table, c->hook, &c->priority))
		gap_at(r, "a table is not known");
}

static void take_line(struct reader *r, struct slice line)
{
	if (!line.n || *line.p == '#')
		return;
	if (*line.p == '*')
		r->table = cursor_drop(line, 1);
	else if (*line.p == ':')
		take_chain(r, line);
	else if (slice_eq(line, "COMMIT"))
		r->table.n = 0;
	else
		take_rule(r, line);
}

void iptables_save_read(struct slice text, enum fw_family family,
			struct arena *a, struct fw_ruleset *out)
{
	struct reader r = { .a = a, .out = out, .family = family };
	struct slice rest = text, line;
	size_t at;

	slice_line(&rest, &line);
	r.origin = text.n && cursor_find(line, "(nf_tables)", &at) ? FW_IPTABLES :
		FW_LEGACY;
	for (rest = text; slice_line(&rest, &line); ) {
		r.line++;
		take_line(&r, slice_trim(line));
	}
	if (r.table.n)
		gap_at(&r, "the last table does not end");
}
