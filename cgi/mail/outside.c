#include "mail/outside.h"

const char *outside_verdict_name(enum outside_verdict v)
{
	static const char *const names[] = {
		[OUTSIDE_UNKNOWN] = "unknown", [OUTSIDE_REACHABLE] = "reachable",
		[OUTSIDE_REFUSED] = "refused", [OUTSIDE_DROPPED] = "dropped",
	};

	return names[v];
}

/* What asks could go out by this port in this family: another host answered there. */
static bool goes_out(const struct facts *f, const struct out_try *t)
{
	const struct out_probe *p = &f->ports.outside.probe;

	for (size_t i = 0; i < p->ntries; i++) {
		const struct out_try *o = &p->tries[i];

		if (o->port == t->port && o->to.family == t->to.family &&
		    !ip_equal(&o->to, &t->to) && o->result == OUT_CONNECTED &&
		    !o->ends_here && (o->banner || o->port == 465))
			return true;
	}
	return false;
}

static struct outside_view unknown(const char *why)
{
	return (struct outside_view){ OUTSIDE_UNKNOWN, why };
}

static struct outside_view connected(const struct out_try *t, struct arena *a)
{
	if (t->ends_here)
		return unknown("the connection ends at the server that asks");
	return (struct outside_view){ OUTSIDE_REACHABLE, t->banner ?
		arena_printf(a, "it greets: %s", t->banner) : t->port == 465 ?
		"it takes the connection" : "it takes the connection, and has not greeted in time" };
}

static struct outside_view timed_out(const struct facts *f, const struct out_try *t)
{
	if (!goes_out(f, t))
		return unknown("no answer, and whether anything gets out by this port from here is not known");
	return (struct outside_view){ OUTSIDE_DROPPED,
		"no answer, while another host answers on this port from here" };
}

static struct outside_view refused(const struct facts *f, const struct out_try *t,
				   struct arena *a)
{
	char by[IP_TEXT_MAX];

	if (ip_equal(&t->offender, &t->to))
		return (struct outside_view){ OUTSIDE_REFUSED, "refused by the address itself" };
	if (!goes_out(f, t))
		return unknown("refused, and whether by that server or by something before this one is not known");
	return (struct outside_view){ OUTSIDE_REFUSED, t->offender.family ?
		arena_printf(a, "refused by %s", ip_text(by, &t->offender)) :
		"refused by a RST, while another host answers on this port from here" };
}

struct outside_view outside_judge(const struct facts *f, const struct out_try *t,
				  struct arena *a)
{
	if (t->result == OUT_CONNECTED)
		return connected(t, a);
	if (t->kept_here)
		return unknown("the server that asks keeps such connections itself");
	switch (t->result) {
	case OUT_TIMED_OUT: return timed_out(f, t);
	case OUT_RESET:
	case OUT_REJECTED: return refused(f, t, a);
	case OUT_NO_ROUTE: return unknown("the server that asks has no way there");
	default: return unknown("the connection failed, and the kernel does not say where");
	}
}

const struct out_try *outside_next(const struct facts *f, size_t *i)
{
	const struct out_probe *p = &f->ports.outside.probe;

	while (*i < p->ntries) {
		const struct out_try *t = &p->tries[(*i)++];

		if (facts_own_address(f, &t->to))
			return t;
	}
	return NULL;
}
