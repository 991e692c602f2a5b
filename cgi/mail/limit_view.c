#include "mail/limit_view.h"
#include "mail/when.h"

#define HOUR 3600

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
		finding_no_fix(r, x, "%s", advice);
	}
}
