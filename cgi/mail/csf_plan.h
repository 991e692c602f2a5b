#ifndef MAIL_CSF_PLAN_H
#define MAIL_CSF_PLAN_H

#include "core/fix.h"

/*
 * What all changes of csf.conf have in common. ERR_DENIED: CSF does not run, or
 * its restart would close a way in that is open now, because csf.conf was edited
 * and not put into force.
 */
int csf_plan_begin(const struct fix_input *in, struct err *e);
/* What `csf -r` does beside the change itself, and when all of it goes back. */
void csf_plan_end(const struct fix_input *in, struct plan *p);

/* The only parameters that a fix takes: their names, NULL-ended. */
int plan_takes(const struct fix_input *in, const char *const *names, const char *what,
	       struct err *e);

#endif
