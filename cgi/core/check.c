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

void check_run(const struct facts *f, const char *const *only, size_t i, struct report *r)
{
	const struct check *c = all_checks[i];
	unsigned missing = c->needs & ~(facts_available(f) | c->judges);

	if (!wanted(c, only))
		return;
	if (c->needs & facts_absent(f))
		report_not_asked(r, c);
	else if (missing)
		silent(r, c, f, missing);
	else
		c->run(c, f, r);
}

void checks_run(const struct facts *f, const char *const *only, struct report *r)
{
	for (size_t i = 0; all_checks[i]; i++)
		check_run(f, only, i, r);
	report_sort(r);
}

bool check_is_of_server(const struct check *c)
{
	return c->needs & (SRC_PORTS | SRC_FIREWALL | SRC_CSF | SRC_RESTRICTIONS |
			   SRC_BANS | SRC_HOLDS | SRC_DAEMON | SRC_RELAY | SRC_QUEUE);
}

const struct check *check_find(const char *id)
{
	for (size_t i = 0; all_checks[i]; i++)
		if (!strcmp(all_checks[i]->id, id))
			return all_checks[i];
	return NULL;
}
