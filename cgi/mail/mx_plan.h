#ifndef MAIL_MX_PLAN_H
#define MAIL_MX_PLAN_H

#include "base/mx_text.h"
#include "core/fix.h"

/*
 * What the fixes of a domain's MX records have in common. They change the zone
 * that the world reads, or nothing: the domain has a zone of its own here,
 * cPanel and the DNS agree that it is delegated to this server, every delegated
 * server answers with the serial number and the MX of that zone. And they leave
 * Email Routing where it is: the new exchangers must lead to what the lists say
 * already, so that "Automatically Detect", should it look at the zone again,
 * comes to the same. An exchanger is never guessed; somebody names it.
 */
#define MX_PLAN_TTL 14400	/* of a first record: what cPanel's own zones have */

/* The domain and its present records, in lines; -1 with the reason why its zone
 * is not to be edited from here. */
int mx_plan_begin(const struct fix_input *in, struct domain **d,
		  struct mx_line lines[MX_LINES_MAX], size_t *n, struct err *e);

/* The host that was named, when it can be one: it exists in the public DNS, by
 * an address of its own, which is a public one. */
int mx_plan_exchanger(const struct fix_input *in, struct err *e);

/* The preference that was asked for, or `otherwise`. */
int mx_plan_preference(const struct fix_input *in, uint16_t otherwise,
		       uint16_t *out, struct err *e);

/* Plans the change from what mx_plan_begin gave to these records. */
int mx_plan_end(const struct fix_input *in, struct domain *d,
		struct mx_line *lines, size_t n, struct plan *p, struct err *e);

/* The finding keeps the button of its check: this server keeps the zone. */
bool mx_plan_offered(const struct domain *d);

#endif
