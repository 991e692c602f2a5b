#ifndef RENDER_VIEW_H
#define RENDER_VIEW_H

#include <json-c/json.h>
#include <stdbool.h>

#include "core/check.h"
#include "core/fix.h"
#include "mail/address_look.h"
#include "mail/exim_route.h"
#include "mail/verdict.h"

/*
 * Facts and report as the one JSON object that API, pages, command line and
 * metrics share (schema "relaydoctor/1"). Objects belong to the caller. Bytes
 * that are not UTF-8 are shown as \xHH: what leaves here is always valid JSON.
 * The lists of findings are text already (base/json.h): it is made to be printed.
 */
json_object *view_findings(const struct facts *f, const struct report *r,
			   const char *world, int64_t took_ms);

/* Adds to o what was found so far: "critical", "warning" (numbers), and "findings",
 * the first `most` of them, as {"id","severity","text"}. */
void view_first_look(json_object *o, const struct report *r, size_t most);

/* One domain's facts. route may be NULL: Exim was not asked. */
json_object *view_domain(const struct facts *f, const struct domain *d,
			 const struct exim_route *route);

/* The domain of a finding's subject: that of a domain, of an address in it, or of what
 * stands before the '>' of a filter's "FROM>TO". */
const struct domain *view_domain_of(const struct facts *f, const char *subject);

/* Such an object's domain is this server's: an account has it, or a list names it. */
bool view_is_hosted(json_object *domain);

/* One address: whether it is blocked here, by what, since when and why. */
json_object *view_address(const struct facts *f, const struct address_look *l);

/* The findings of a report alone, as the "findings" array. */
json_object *view_finding_list(const struct facts *f, const struct report *r);

/* A preview: the operations, what to know, what must be typed. */
json_object *view_plan(const struct fix *fix, const struct fix_input *in,
		       const struct plan *p, const struct exim_route *route);

/* One finding of a bulk preview: what a preview by itself says of it, in brief;
 * or why it is left out (why is not NULL, and of the rest nothing is needed). */
json_object *view_bulk_row(const char *finding, const struct fix *fix,
			   const struct fix_input *in, const struct plan *p,
			   const char *why);

/* Every check or fix with its texts: the catalogue. */
json_object *view_checks(void);
json_object *view_fixes(void);

/* "2026-11-24T10:00:00Z" */
json_object *view_time(int64_t t);	/* 0: null */
/* "2026-11-24", the last day before t. */
json_object *view_last_day(int64_t t);

#endif
