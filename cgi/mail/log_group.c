#include <inttypes.h>
#include <string.h>

#include "mail/log_verdict.h"
#include "mail/when.h"

#define DAY 86400

struct log_group *log_group_at(struct log_group **all, const char *subject, struct arena *a)
{
	while (*all && strcmp((*all)->subject, subject))
		all = &(*all)->next;
	if (!*all) {
		*all = arena_zalloc(a, sizeof(**all));
		(*all)->subject = subject;
	}
	return *all;
}

static void add_ip(struct log_group *g, const struct ip *ip)
{
	for (size_t i = 0; i < g->nips && i < LOG_GROUP_SHOWN; i++)
		if (ip_equal(&g->ips[i], ip))
			return;
	if (g->nips < LOG_GROUP_SHOWN)
		g->ips[g->nips] = *ip;
	g->nips++;
}

static void add_name(struct log_group *g, const char *name)
{
	for (size_t i = 0; i < g->nnames && i < LOG_GROUP_SHOWN; i++)
		if (!strcmp(g->names[i], name))
			return;
	if (g->nnames < LOG_GROUP_SHOWN)
		g->names[g->nnames] = name;
	g->nnames++;
}

void log_group_add(struct log_group *g, const struct log_row *r, const char *name)
{
	g->n += r->n;
	if (r->day > g->last)
		g->last = r->day;
	if (r->ip.family)
		add_ip(g, &r->ip);
	if (name && *name)
		add_name(g, name);
}

/* More than are shown may be the same one again. */
static const char *and_more(const char *text, size_t n, struct arena *a)
{
	return n > LOG_GROUP_SHOWN ? arena_printf(a, "%s and others", text) : text;
}

const char *log_group_addresses(const struct log_group *g, struct arena *a)
{
	const char *text = "";
	char ip[IP_TEXT_MAX];

	for (size_t i = 0; i < g->nips && i < LOG_GROUP_SHOWN; i++)
		text = arena_printf(a, "%s%s%s", text, i ? ", " : "", ip_text(ip, &g->ips[i]));
	return and_more(text, g->nips, a);
}

const char *log_group_names(const struct log_group *g, struct arena *a)
{
	const char *text = "";

	for (size_t i = 0; i < g->nnames && i < LOG_GROUP_SHOWN; i++)
		text = arena_printf(a, "%s%s%s", text, i ? ", " : "", g->names[i]);
	return and_more(text, g->nnames, a);
}

const char *log_day_text(int32_t day, struct arena *a)
{
	char when[WHEN_MAX];

	return arena_strndup(a, when_text(when, (int64_t)day * DAY), 10);
}

void log_group_evidence(struct report *r, struct finding *x, const struct log_group *g,
			const char *what)
{
	finding_evidence(r, x, "exim_mainlog", "%s, %" PRIu64 " within %d days, the last on %s%s%s",
			 what, g->n, LOG_JUDGED_DAYS, log_day_text(g->last, r->arena),
			 g->nips ? ": " : "", log_group_addresses(g, r->arena));
	finding_counts(r, x, g->n, LOG_JUDGED_DAYS);
}
