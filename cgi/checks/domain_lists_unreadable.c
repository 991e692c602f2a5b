#include "core/check.h"
#include "mail/routing_evidence.h"

#define FAULTS_SHOWN 20

static void unreadable(const struct check *c, const struct file_fact *file,
		       struct report *r)
{
	struct finding *x;

	if (file->state != SOURCE_FAILED)
		return;
	x = report_add(r, c, SEV_CRITICAL, SUBJECT_SERVER, file->path,
		       "%s cannot be read", file->path);
	finding_evidence(r, x, file->path, "%s", file->why);
	finding_no_fix(r, x, "Make it a regular file that Exim's user can read (owner root, group mail, mode 0640 or 0644). If its content is lost, restore it from a backup.");
}

/* What a pattern does depends on how Exim looks the file up: where that is known,
 * domain_list_wildcard tells. */
static bool is_fault(const struct facts *f, const struct line_fault *fault,
		     enum list_id list)
{
	return fault->list == list &&
		!(fault_is_pattern(fault) && f->source[SOURCE_EXIM].state == SOURCE_OK);
}

/* Every line of one list that Exim cannot match, in one finding. */
static void line_faults(const struct check *c, const struct facts *f,
			enum list_id list, struct report *r)
{
	struct finding *x;
	size_t n = 0, shown = 0;

	for (size_t i = 0; i < f->nfaults; i++)
		n += is_fault(f, &f->faults[i], list);
	if (!n)
		return;
	x = report_add(r, c, SEV_WARNING, SUBJECT_SERVER, list_path(list),
		       "%zu line%s of %s name%s nothing that Exim could match", n,
		       n == 1 ? "" : "s", list_path(list), n == 1 ? "s" : "");
	for (size_t i = 0; i < f->nfaults && shown < FAULTS_SHOWN; i++) {
		const struct line_fault *fault = &f->faults[i];

		if (!is_fault(f, fault, list))
			continue;
		shown++;
		finding_evidence(r, x, list_path(list), "line %u: “%s”: %s",
				 fault->line, fault->text, fault->why);
	}
	if (n > shown)
		finding_evidence(r, x, list_path(list), "and %zu more", n - shown);
	finding_no_fix(r, x, "Correct these lines by hand: one domain a line, with no blank, dot or mark around it.");
}

/* A domain that is in no list because its line is one of those. */
static void lost_domain(const struct check *c, const struct facts *f,
			const struct domain *d, struct report *r)
{
	struct finding *x = report_add(r, c,
		mx_look(d).side == MX_HERE ? SEV_CRITICAL : SEV_WARNING,
		SUBJECT_DOMAIN, d->name,
		"Exim does not find %s although a list names it", d->name);

	routing_evidence(r, x, f, d);
	finding_no_fix(r, x, "Correct that line by hand (one domain a line, nothing around it), then scan again.");
}

static bool all_readable(const struct facts *f)
{
	for (int l = 0; l < NLISTS; l++)
		if (f->list[l].state == SOURCE_FAILED)
			return false;
	return true;
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (int l = 0; l < NLISTS; l++) {
		unreadable(c, &f->list[l], r);
		line_faults(c, f, (enum list_id)l, r);
	}
	for (size_t i = 0; i < facts_nnotable(f) && all_readable(f); i++)
		if (domain_line_unusable(facts_notable(f, i)))
			lost_domain(c, f, facts_notable(f, i), r);
}

const struct check check_domain_lists_unreadable = {
	.id = "domain_lists_unreadable", .rule = "D09",
	.title = "A domain list, or a line in it, cannot be read by Exim",
	.why = "A domain that Exim does not find in its lists is a stranger's: its mail is refused with “relay not permitted”. An unreadable file does that to every domain at once.",
	.who = "the server's administrator",
	.ways = WAY_IN | WAY_OUT,
	.needs = SRC_FILES,
	.run = run,
};
