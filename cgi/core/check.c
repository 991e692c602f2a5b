#include <string.h>

#include "core/check.h"

#define X(name) extern const struct check check_##name;
#include "checks.inc"
#undef X

const struct check *const all_checks[] = {
#define X(name) &check_##name,
#include "checks.inc"
#undef X
	NULL
};

static bool wanted(const struct check *c, const char *const *only)
{
	if (!only)
		return true;
	for (; *only; only++)
		if (!strcmp(c->id, *only))
			return true;
	return false;
}

static void not_asked(struct report *r, const struct check *c)
{
	r->not_asked = arena_grow(r->arena, r->not_asked, r->nnot_asked,
				  &r->cap_not_asked, sizeof(*r->not_asked));
	r->not_asked[r->nnot_asked++] = c;
}

static void silent(struct report *r, const struct check *c,
		   const struct facts *f, unsigned missing)
{
	struct finding *x = report_add(r, c, SEV_UNKNOWN, SUBJECT_SERVER,
				       f->hostname ? f->hostname :
				       f->panel ? f->panel : "this server",
				       "Not checked, because a source did not answer: %s",
				       c->title);

	for (int i = 0; i < NSOURCES; i++)
		if (missing & 1u << i)
			finding_evidence(r, x, source_name((enum source_index)i),
					 "%s", f->source[i].why);
}

void checks_run(const struct facts *f, const char *const *only, struct report *r)
{
	unsigned have = facts_available(f), absent = facts_absent(f);

	for (size_t i = 0; all_checks[i]; i++) {
		const struct check *c = all_checks[i];
		unsigned missing = c->needs & ~(have | c->judges);

		if (!wanted(c, only))
			continue;
		if (c->needs & absent)
			not_asked(r, c);
		else if (missing)
			silent(r, c, f, missing);
		else
			c->run(c, f, r);
	}
	report_sort(r);
}

const struct check *check_find(const char *id)
{
	for (size_t i = 0; all_checks[i]; i++)
		if (!strcmp(all_checks[i]->id, id))
			return all_checks[i];
	return NULL;
}
