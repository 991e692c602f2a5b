#ifndef MAIL_LIMIT_VIEW_H
#define MAIL_LIMIT_VIEW_H

#include "core/facts.h"
#include "core/finding.h"

/* One finding for each domain of f->blocking.limits that met this limit; limit
 * and then say it in words. Critical where mail was discarded within the last
 * hour, else a warning. */
void limit_findings(const struct check *c, const struct facts *f,
		    struct report *r, enum limit_kind kind, const char *limit,
		    const char *advice);
/* A message of that domain met it within the last day. */
bool limit_was_met(const struct facts *f, enum limit_kind kind, const char *domain);
/* That cPanel's mark for the domain (DEFER_MARK) is there. */
void limit_mark_evidence(struct report *r, struct finding *x, const char *domain);

#endif
