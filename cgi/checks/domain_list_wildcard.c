#include <string.h>

#include "core/check.h"

#define PATTERNS_SHOWN 20

static bool is_pattern_of(const struct line_fault *fault, enum list_id list)
{
	return fault->list == list && fault_is_pattern(fault);
}

/* Every domain there is, by the one pattern that needs no reading. */
static bool is_all(const char *pattern)
{
	return !strcmp(pattern, "*");
}

static void evidence(struct report *r, struct finding *x, const struct facts *f,
		     enum list_id list)
{
	size_t shown = 0, n = 0;

	for (size_t i = 0; i < f->nfaults; i++) {
		if (!is_pattern_of(&f->faults[i], list) || ++n > PATTERNS_SHOWN)
			continue;
		shown++;
		finding_evidence(r, x, list_path(list), "line %u: “%s”",
				 f->faults[i].line, f->faults[i].text);
	}
	if (n > shown)
		finding_evidence(r, x, list_path(list), "and %zu more", n - shown);
	finding_evidence(r, x, "Exim", "%s = %s", list == LIST_SECONDARY ?
			 "relay_domains" : "local_domains", list == LIST_SECONDARY ?
			 (f->exim.relay_domains ? f->exim.relay_domains : "(no such list)") :
			 (f->exim.local_domains ? f->exim.local_domains : "(no such list)"));
}

/* The patterns of one list. They match where Exim looks the file up by patterns;
 * in a plain look-up they are so much ink. */
static void in_file(const struct check *c, const struct facts *f,
		    enum list_id list, struct report *r)
{
	const char *path = list_path(list);
	bool any = false, all = false, live = f->exim.loose[list];
	struct finding *x;

	for (size_t i = 0; i < f->nfaults; i++)
		if (is_pattern_of(&f->faults[i], list)) {
			any = true;
			all |= is_all(f->faults[i].text);
		}
	if (!any)
		return;
	x = report_add(r, c, !live ? SEV_INFO : all ? SEV_CRITICAL : SEV_WARNING,
		       SUBJECT_SERVER, path, !live ?
		       "%s holds a pattern, which matches nothing in Exim's look-up" : all ?
		       "%s holds “*”, and Exim takes every domain in the world for one of its lines" :
		       "%s holds a pattern that takes in domains which no line names", path);
	evidence(r, x, f, list);
	finding_no_fix(r, x, live ?
		"Take the pattern out of the file, or let Exim look the file up by whole names (lsearch)." :
		"Take the line out: whoever wrote it believes that it does something.");
}

/* A pattern in the definition itself. */
static void in_definition(const struct check *c, const struct facts *f,
			  struct report *r)
{
	struct finding *x;

	if (!f->exim.wild)
		return;
	x = report_add(r, c, is_all(f->exim.wild) ? SEV_CRITICAL : SEV_WARNING,
		       SUBJECT_SERVER, "local_domains",
		       "Exim's list of local domains holds the pattern “%s”", f->exim.wild);
	finding_evidence(r, x, "Exim", "local_domains = %s",
			 f->exim.local_domains ? f->exim.local_domains : "");
	finding_no_fix(r, x, "Replace the pattern in Exim's configuration by the domains that are meant.");
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (int l = 0; l < NLISTS; l++)
		in_file(c, f, (enum list_id)l, r);
	in_definition(c, f, r);
}

const struct check check_domain_list_wildcard = {
	.id = "domain_list_wildcard", .rule = "D15",
	.title = "A domain list holds a pattern",
	.why = "A pattern that matches makes strangers' domains local: mail to them stays here, or this server passes on mail for the whole world. One that does not match leaves out the domains that somebody meant.",
	.who = "the server's administrator",
	.ways = WAY_IN | WAY_OUT,
	.needs = SRC_DOMAINS | SRC_EXIM,
	.run = run,
};
