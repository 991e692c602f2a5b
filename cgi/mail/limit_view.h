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

#endif
