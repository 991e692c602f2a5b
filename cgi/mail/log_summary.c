#include <string.h>

#include "mail/log_summary.h"

void log_summary_init(struct log_summary *s, const struct log_since *since,
		      uint64_t seed, struct arena *a)
{
	struct heavy *const all[] = {
		&s->domains, &s->clients, &s->accounts, &s->networks, &s->logins,
	};

	memset(s, 0, sizeof(*s));
	s->since = *since;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		heavy_init(all[i], SUMMARY_NAMES, seed, a);
}

/* ---- time ------------------------------------------------------------- */

static bool too_old(const struct log_since *since, const struct exim_log_time *t)
{
	if (!since->given)
		return false;
	return t->has_zone ? t->wall - t->zone * 60 < since->utc : t->wall < since->wall;
}

static void widen(struct log_summary *s, const struct exim_log_time *t)
{
	if (!s->first_said[0] || t->wall < s->first.wall) {
		s->first = *t;
		memcpy(s->first_said, t->said.p, 19);
	}
	if (!s->last_said[0] || t->wall > s->last.wall) {
		s->last = *t;
		memcpy(s->last_said, t->said.p, 19);
	}
}

/* ---- names ------------------------------------------------------------ */

/* Domains and logins in any case are one. */
static void count_lower(struct heavy *h, struct slice name)
{
	char low[HEAVY_NAME_MAX];
	size_t n = name.n < sizeof(low) ? name.n : sizeof(low);

	for (size_t i = 0; i < n; i++)
		low[i] = name.p[i] >= 'A' && name.p[i] <= 'Z' ?
			(char)(name.p[i] | 32) : name.p[i];
	heavy_count(h, (struct slice){ low, n });
}

/* ---- lines ------------------------------------------------------------ */

static void count_refusal(struct log_summary *s, const struct log_event *x)
{
	char network[9];

	if (!x->ip.family || ip_is_private(&x->ip))
		return;
	s->refused++;
	heavy_count(&s->networks, log_network_key(&x->ip, network));
}

static void count_cause(struct log_summary *s, const struct log_event *x)
{
	char ip[17];

	if (x->cause.class == CAUSE_RELAY_UNAUTH || x->cause.class == CAUSE_AUTH_FAIL)
		count_refusal(s, x);
	count_lower(&s->domains, x->domain);
	if (x->account.n && *x->account.p != '@')	/* that is but claimed */
		count_lower(&s->accounts, x->account);
	if (x->ip.family && x->client)
		heavy_count(&s->clients, log_address_key(&x->ip, ip));
}

static void count_event(struct log_summary *s, const struct log_event *x)
{
	char network[9];

	s->lines++;
	if (x->ts.present)
		s->passing = too_old(&s->since, &x->ts);
	if (s->passing) {
		s->old++;
		return;
	}
	if (x->ts.present)
		widen(s, &x->ts);
	/* Part of a line that was counted, or header lines of a refused message. */
	if (x->type == EXIM_LOG_CONTINUATION)
		return;
	if (x->login)
		heavy_count(&s->logins, log_network_key(&x->ip, network));
	s->by_class[x->cause.class]++;
	if (cause_is_known(&x->cause))
		count_cause(s, x);
}

void log_summary_line(struct log_summary *s, struct slice line)
{
	struct log_event x;

	log_event_read(line, &x);
	count_event(s, &x);
}

/* ---- probes ----------------------------------------------------------- */

struct log_probes log_summary_probes(const struct log_summary *s)
{
	struct log_probes p = { s->refused, 0, s->networks.missed > 0 };

	for (size_t i = 0; i < s->networks.used; i++) {
		const struct heavy_entry *e = &s->networks.entries[i];

		if (heavy_find(&s->logins, (struct slice){ e->name, e->n }))
			p.refusals -= e->count;
		else
			p.networks++;
	}
	return p;
}
