#include <string.h>

#include "mail/limit_view.h"
#include "mail/when.h"

#define HOUR 3600

bool limit_was_met(const struct facts *f, enum limit_kind kind, const char *domain)
{
	for (size_t i = 0; i < f->blocking.nlimits; i++)
		if (f->blocking.limits[i].kind == kind &&
		    !strcmp(f->blocking.limits[i].domain, domain))
			return true;
	return false;
}

void limit_mark_evidence(struct report *r, struct finding *x, const char *domain)
{
	finding_evidence(r, x, arena_printf(r->arena, DEFER_MARK "%s", domain),
			 "the file is there");
}

static bool is_marked(const struct defer_marks *m, const char *domain)
{
	for (size_t i = 0; i < m->n; i++)
		if (!strcmp(m->domains[i], domain))
			return true;
	return false;
}

void limit_findings(const struct check *c, const struct facts *f,
		    struct report *r, enum limit_kind kind, const char *limit,
		    const char *advice)
{
	for (size_t i = 0; i < f->blocking.nlimits; i++) {
		const struct limit_hit *h = &f->blocking.limits[i];
		char when[WHEN_MAX];
		struct finding *x;

		if (h->kind != kind)
			continue;
		x = report_add(r, c, h->discarded && h->last > f->now - HOUR ?
			       SEV_CRITICAL : SEV_WARNING, SUBJECT_DOMAIN, h->domain,
			       "%s has gone beyond %s", h->domain, limit);
		finding_evidence(r, x, "exim_mainlog", "%u messages within a day met the limit, %u of them were thrown away; the last at %s",
				 h->count, h->discarded, when_text(when, h->last));
		finding_evidence(r, x, "exim_mainlog", "%s", h->text);
		if (kind == LIMIT_DEFER_FAIL && is_marked(&f->blocking.marks, h->domain))
			limit_mark_evidence(r, x, h->domain);
		finding_no_fix(r, x, "%s", advice);
	}
}
