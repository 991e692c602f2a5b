#include <string.h>

#include "mail/packet_walk.h"
#include "mail/ruleset.h"

/*
 * How far a packet comes: surely, perhaps, only from an address in a set that
 * we cannot look into, only from addresses that the rule names. Ordered, so that
 * "and" is the smaller and "or" the larger of two.
 */
enum reach { NOT, NAMED, IN_SET, PERHAPS, SURELY };

enum end { END_ACCEPT, END_DROP, END_REJECT, END_REDIRECT, END_DNAT, END_STRANGE, NENDS };

struct outcome {
	enum reach reach;
	struct fw_place by, via;
	const struct fw_rule *last;	/* that did it; NULL: a policy */
	bool by_port;
};

struct walk {
	struct fw_packet p;	/* as nat has left it */
	int family;
	enum fw_hook hook;
	bool translated;
	struct outcome ends[NENDS];	/* of the chain with a hook at work */
	struct fw_place stack[PACKET_DEPTH_MAX];
	int depth;
	unsigned long steps;
	struct fw_place doubt;	/* the first rule that might match */
	enum reach doubted;
	const char *lost;	/* why the walk was given up */
};

static enum reach both(enum reach a, enum reach b)
{
	return a < b ? a : b;
}

static enum reach either(enum reach a, enum reach b)
{
	return a > b ? a : b;
}

/* ---- one match -------------------------------------------------------- */

/* CSF keeps csf.allow and csf.deny in sets of these names when it uses sets: the
 * admin's own lists, not half the internet. */
#define CSF_SET "chain_"

static enum reach in_set(const struct fw_match *m)
{
	return m->n && !strncmp(m->names[0], CSF_SET, strlen(CSF_SET)) ? NAMED : IN_SET;
}

static enum reach in_ranges(const struct fw_match *m, uint32_t value)
{
	for (size_t i = 0; i < m->n; i++)
		if (value >= m->ranges[i].from && value <= m->ranges[i].to)
			return SURELY;
	return NOT;
}

/* The client's port is any of those that connect() takes. */
static enum reach source_port(const struct fw_match *m)
{
	enum reach best = NOT;

	for (size_t i = 0; i < m->n; i++) {
		if (m->ranges[i].from <= 1024 && m->ranges[i].to == 65535)
			return SURELY;
		if (m->ranges[i].to >= 1024)
			best = PERHAPS;
	}
	return best;
}

static enum reach in_nets(const struct fw_match *m, const struct ip *ip)
{
	if (!ip->family)
		return PERHAPS;
	for (size_t i = 0; i < m->n; i++)
		if (net_has(&m->nets[i], ip))
			return SURELY;
	return NOT;
}

/* Of an address that no rule names. */
static enum reach anyones(const struct fw_match *m, int family)
{
	enum reach best = NOT;

	for (size_t i = 0; i < m->n; i++)
		if (m->nets[i].from.family == family)
			best = either(best, net_is_all(&m->nets[i]) ? SURELY : NAMED);
	return best;
}

static bool is_anyones(const struct walk *w, enum fw_field field)
{
	bool source = field == FW_SRC || field == FW_SRC_SET;

	return w->p.anyone && source == !w->p.out;
}

static enum reach address(const struct walk *w, const struct fw_match *m)
{
	if (is_anyones(w, m->field))
		return anyones(m, w->family);
	return in_nets(m, m->field == FW_SRC ? &w->p.src : &w->p.dst);
}

static enum reach interface(const struct walk *w, const struct fw_match *m)
{
	bool has = m->field == FW_OUT ?
		w->hook == FW_OUTPUT || w->hook == FW_POSTROUTING :
		w->hook == FW_INPUT || w->hook == FW_PREROUTING;
	enum reach best = NOT;

	for (size_t i = 0; has && i < m->n; i++) {
		size_t n = strlen(m->names[i]);
		bool open = n && strchr("+*", m->names[i][n - 1]);

		if (open && n == 1)
			return SURELY;
		if (w->p.loopback)
			best = either(best, !strncmp("lo", m->names[i], open ? n - 1 : 3) ?
				      SURELY : NOT);
		else if (strcmp(m->names[i], "lo"))
			best = either(best, PERHAPS);
	}
	return best;
}

static enum reach owner(const struct walk *w, const struct fw_match *m)
{
	if (w->hook != FW_OUTPUT && w->hook != FW_POSTROUTING)
		return PERHAPS;
	return in_ranges(m, m->field == FW_UID ? w->p.uid : w->p.gid);
}

static enum reach plain(const struct walk *w, const struct fw_match *m)
{
	switch (m->field) {
	case FW_OTHER: return PERHAPS;
	case FW_PROTO: return in_ranges(m, 6);
	case FW_SPORT: return source_port(m);
	case FW_DPORT: return in_ranges(m, w->p.dport);
	case FW_UID:
	case FW_GID: return owner(w, m);
	case FW_SRC:
	case FW_DST: return address(w, m);
	case FW_SRC_SET:
	case FW_DST_SET: return is_anyones(w, m->field) ? in_set(m) : PERHAPS;
	case FW_DST_LOCAL: return !w->p.out || w->p.loopback ? SURELY : NOT;
	case FW_IN:
	case FW_OUT: return interface(w, m);
	case FW_STATE: return m->ranges[0].from ? SURELY : NOT;
	case FW_TRANSLATED: return w->translated ? SURELY : NOT;
	case FW_FLAGS: return (m->ranges[0].from & 2) == m->ranges[0].to ? SURELY : NOT;
	case FW_IP_FAMILY: return in_ranges(m, (uint32_t)w->family);
	}
	return PERHAPS;
}

static enum reach one(const struct walk *w, const struct fw_match *m)
{
	static const enum reach opposite[] = {
		[NOT] = SURELY, [NAMED] = SURELY, [IN_SET] = PERHAPS,
		[PERHAPS] = PERHAPS, [SURELY] = NOT,
	};
	enum reach is = plain(w, m);

	return m->negated ? opposite[is] : is;
}

static enum reach matches(const struct walk *w, const struct fw_rule *x)
{
	enum reach all = SURELY;

	for (const struct fw_match *m = x->match; m && all != NOT; m = m->next)
		all = both(all, one(w, m));
	return all;
}

/* ---- chains ----------------------------------------------------------- */

static bool names(const struct fw_rule *x, enum fw_field from, enum fw_field to)
{
	for (const struct fw_match *m = x ? x->match : NULL; m; m = m->next)
		if (m->field >= from && m->field <= to)
			return true;
	return false;
}

/* Of the rules that led here the innermost that says what is meant: a chain
 * that only logs and drops says nothing. */
static struct fw_place telling(const struct walk *w, struct fw_place last)
{
	if (names(last.rule, FW_DPORT, FW_DST_SET))
		return last;
	for (int i = w->depth - 1; i >= 0; i--)
		if (names(w->stack[i].rule, FW_DPORT, FW_DST_SET))
			return w->stack[i];
	return last;
}

static void note(struct walk *w, enum end end, enum reach reach,
		 struct fw_place place)
{
	struct outcome *o = &w->ends[end];
	bool by_port = names(place.rule, FW_DPORT, FW_DPORT);

	for (int i = 0; i < w->depth; i++)
		by_port |= names(w->stack[i].rule, FW_DPORT, FW_DPORT);
	if (reach < o->reach || (reach == o->reach && (o->by_port || !by_port)))
		return;
	*o = (struct outcome){
		.reach = reach, .by = telling(w, place), .last = place.rule,
		.via = w->depth ? w->stack[0] : place, .by_port = by_port,
	};
}

static void doubt(struct walk *w, enum reach is, struct fw_place place)
{
	if ((is != PERHAPS && is != IN_SET) || is <= w->doubted)
		return;
	w->doubt = place;
	w->doubted = is;
}

static enum reach chain(struct walk *w, const struct fw_chain *c, enum reach reach);

/* How far a packet comes that goes on behind the chain that x names. */
static enum reach below(struct walk *w, const struct fw_rule *x,
			struct fw_place place, enum reach reach)
{
	enum reach after;

	if (!x->chain)
		return reach;
	if (w->depth == PACKET_DEPTH_MAX) {
		w->lost = "the rules jump from chain to chain too deeply";
		return NOT;
	}
	w->stack[w->depth++] = place;
	after = chain(w, x->chain, reach);
	w->depth--;
	return after;
}

static bool is_end(const struct fw_rule *x, enum end *end)
{
	static const enum end ends[] = {
		[FW_ACCEPT] = END_ACCEPT, [FW_DROP] = END_DROP,
		[FW_REJECT] = END_REJECT, [FW_REDIRECT] = END_REDIRECT,
		[FW_DNAT] = END_DNAT, [FW_STRANGE] = END_STRANGE,
	};

	if (x->target == FW_CONTINUE || x->target == FW_RETURN ||
	    x->target == FW_JUMP || x->target == FW_GOTO)
		return false;
	*end = ends[x->target];
	return true;
}

/* What goes past a rule that was reached, matched so far, and let pass that. */
static enum reach past(enum reach reach, enum reach is, enum reach let)
{
	if (is == SURELY)
		return let;
	if (is == PERHAPS)
		return both(reach, PERHAPS);
	return reach;
}

/* Fills w->ends and returns how far a packet comes that falls off its end. */
static enum reach chain(struct walk *w, const struct fw_chain *c, enum reach reach)
{
	enum reach off = NOT;

	for (size_t i = 0; i < c->nrules && reach != NOT && !w->lost; i++) {
		const struct fw_rule *x = &c->rules[i];
		const struct fw_place here = { c, x };
		enum reach is = matches(w, x), then = both(reach, is), let = NOT;
		enum end end;

		if (++w->steps > PACKET_STEPS_MAX)
			w->lost = "there are more rules than are followed";
		if (is == NOT || x->target == FW_CONTINUE)
			continue;
		doubt(w, is, here);
		if (is_end(x, &end))
			note(w, end, then, here);
		else if (x->target == FW_RETURN)
			off = either(off, then);
		else if (x->target == FW_GOTO)
			off = either(off, below(w, x, here, then));
		else
			let = below(w, x, here, then);
		reach = past(reach, is, let);
	}
	return either(off, reach);
}

/* ---- hooks ------------------------------------------------------------ */

/* What has become of the packet over all chains so far. */
struct fate {
	enum reach reach;		/* of going on */
	struct outcome ends[NENDS];	/* accept: an address let through by name */
	bool redirected, elsewhere;
	struct outcome nat;
};

static void merge(struct outcome *all, const struct outcome *o)
{
	if (o->reach > all->reach)
		*all = *o;
}

/* nat has the packet go to this server, or elsewhere. */
static void move(struct walk *w, struct fate *f, enum end end)
{
	const struct outcome *o = &w->ends[end];
	const struct fw_rule *x = o->last;
	static const unsigned char local4[4] = { 127, 0, 0, 1 }, local6[16] = { [15] = 1 };

	if (end == END_REDIRECT)
		w->p.dst = ip_of_bytes(w->family, w->family == 4 ? local4 : local6);
	else if (x->to.family)
		w->p.dst = x->to;
	if (x->to_port)
		w->p.dport = x->to_port;
	w->translated = true;
	if (w->p.out)
		w->p.anyone = false;
	if (end == END_REDIRECT || ip_is_loopback(&w->p.dst))
		f->redirected = true;
	else
		f->elsewhere = end == END_DNAT && x->to.family;
	f->nat = *o;
}

static void base_chain(struct walk *w, struct fate *f, const struct fw_chain *c)
{
	const struct fw_place policy = { c, NULL };
	enum reach off, on, moved;

	memset(w->ends, 0, sizeof(w->ends));
	off = chain(w, c, f->reach);
	note(w, c->drops ? END_DROP : END_ACCEPT, off, policy);
	on = w->ends[END_ACCEPT].reach;
	moved = either(w->ends[END_REDIRECT].reach, w->ends[END_DNAT].reach);
	if (on < PERHAPS && moved >= PERHAPS) {
		move(w, f, w->ends[END_REDIRECT].reach >= PERHAPS ? END_REDIRECT : END_DNAT);
		on = either(on, moved);
	} else {
		merge(&f->ends[END_STRANGE], &w->ends[END_REDIRECT]);
		merge(&f->ends[END_STRANGE], &w->ends[END_DNAT]);
	}
	merge(&f->ends[END_DROP], &w->ends[END_DROP]);
	merge(&f->ends[END_REJECT], &w->ends[END_REJECT]);
	merge(&f->ends[END_STRANGE], &w->ends[END_STRANGE]);
	/* A policy that accepts says less than a rule did before. */
	if (w->ends[END_ACCEPT].last || !f->ends[END_ACCEPT].last)
		f->ends[END_ACCEPT] = w->ends[END_ACCEPT];
	f->reach = on;
}

/* The next chain of the hook behind `last` by priority, then by place. */
static const struct fw_chain *next_chain(const struct fw_ruleset *r,
					 const struct walk *w,
					 const struct fw_chain *last)
{
	unsigned family = w->family == 4 ? FW_V4 : FW_V6;
	const struct fw_chain *best = NULL;
	bool behind = false;

	for (const struct fw_chain *c = r->chains; c; c = c->next) {
		bool later = !last || c->priority > last->priority ||
			(c->priority == last->priority && behind);

		behind |= c == last;
		if (c->hook == w->hook && c->families & family && c != last &&
		    later && (!best || c->priority < best->priority))
			best = c;
	}
	return best;
}

static void hook(const struct fw_ruleset *r, struct walk *w, struct fate *f,
		 enum fw_hook at, bool with_nat)
{
	const struct fw_chain *c = NULL;

	w->hook = at;
	while (f->reach != NOT && !w->lost && (c = next_chain(r, w, c)))
		if (with_nat || !c->nat)
			base_chain(w, f, c);
}

static void travel(const struct fw_ruleset *r, struct walk *w, struct fate *f)
{
	if (w->p.out) {
		hook(r, w, f, FW_OUTPUT, true);
		if (f->redirected)
			w->p.loopback = true;
		hook(r, w, f, FW_POSTROUTING, false);
		if (!f->redirected || f->reach == NOT)
			return;
	}
	hook(r, w, f, FW_PREROUTING, !w->p.out);
	if (!f->elsewhere)
		hook(r, w, f, FW_INPUT, false);
}

/* ---- the answer ------------------------------------------------------- */

static const struct fw_gap *gap_of(const struct fw_ruleset *r, int family, bool apart)
{
	const struct fw_gap *gap = r->gaps;

	while (gap && !(gap->families & (family == 4 ? FW_V4 : FW_V6) &&
			gap->apart == apart))
		gap = gap->next;
	return gap;
}

static void unknown(struct fw_answer *out, struct fw_place by, const char *why)
{
	*out = (struct fw_answer){ .verdict = FW_V_UNKNOWN, .by = by, .why = why };
}

static void take(struct fw_answer *out, enum fw_verdict verdict,
		 const struct outcome *o)
{
	out->verdict = verdict;
	out->by = o->by;
	out->via = o->via;
	out->by_port = o->by_port;
}

static void decided(const struct walk *w, const struct fate *f, struct fw_answer *out)
{
	if (f->reach >= PERHAPS) {
		take(out, f->elsewhere ? FW_V_SENT_ELSEWHERE :
		     f->redirected && w->p.out ? FW_V_REDIRECTED : FW_V_ACCEPTED,
		     f->elsewhere || f->redirected ? &f->nat : &f->ends[END_ACCEPT]);
	} else if (f->ends[END_REJECT].reach >= PERHAPS) {
		take(out, FW_V_REJECTED, &f->ends[END_REJECT]);
		out->reject = f->ends[END_REJECT].last->reject;
	} else {
		take(out, FW_V_DROPPED, &f->ends[END_DROP]);
	}
	if (f->reach == NAMED && f->ends[END_ACCEPT].by_port)
		out->except = f->ends[END_ACCEPT].by;
}

static unsigned ways(const struct fate *f)
{
	unsigned n = f->reach >= PERHAPS;

	for (int i = END_DROP; i < NENDS; i++)
		n += f->ends[i].reach >= PERHAPS;
	return n;
}

static void conclude(const struct fw_ruleset *r, const struct walk *w,
		     const struct fate *f, struct fw_answer *out)
{
	static const char maybe[] = "whether this rule matches cannot be told";
	const struct fw_gap *gap = gap_of(r, w->family, false);
	bool strange = f->ends[END_STRANGE].reach >= PERHAPS;

	memset(out, 0, sizeof(*out));
	if (w->lost)
		unknown(out, (struct fw_place){ NULL, NULL }, w->lost);
	else if (gap)
		unknown(out, (struct fw_place){ NULL, NULL }, gap->why);
	else if (strange)
		unknown(out, f->ends[END_STRANGE].by, "what this rule does cannot be told");
	else if (ways(f) != 1 || (f->reach == IN_SET))
		unknown(out, w->doubt, maybe);
	else
		decided(w, f, out);
	gap = gap_of(r, w->family, true);
	if (gap && out->verdict != FW_V_DROPPED && out->verdict != FW_V_REJECTED &&
	    out->verdict != FW_V_UNKNOWN)
		unknown(out, (struct fw_place){ NULL, NULL }, gap->why);
}

void packet_walk(const struct fw_ruleset *r, const struct fw_packet *p,
		 struct fw_answer *out)
{
	struct walk w = { .p = *p,
		.family = p->out ? p->dst.family : p->src.family };
	struct fate f = { .reach = SURELY };

	travel(r, &w, &f);
	conclude(r, &w, &f, out);
}
