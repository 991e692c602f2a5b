#ifndef MAIL_HOME_VIEW_H
#define MAIL_HOME_VIEW_H

#include "core/finding.h"
#include "mail/home_rules.h"

/* What checks and views say about rules in homes, in one voice. */

/* "deliver b@d.example, under a condition, as a copy" */
const char *home_says(const struct forward_facts *f, const struct home_rule *h,
		      struct arena *a);
/* "A Sieve script of", "The .forward file of", "A filter of" */
const char *home_kind(const struct home_rule *h);
/* That, with its file and line. */
void home_evidence(struct report *r, struct finding *x, const struct forward_facts *f,
		   const struct home_rule *h);
/* Where it is switched off: a sentence. script: it is Sieve's. */
const char *home_advice(bool script);
/* It is a filter of a mailbox that its panel could switch off. */
bool home_is_switched(const struct facts *f, const struct home_rule *h);
/* It stands in a .forward. */
bool home_is_forward(const struct home_rule *h);

#endif
