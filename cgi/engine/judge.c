#include "base/parallel.h"
#include "engine/judge.h"
#include "mail/verdict.h"

#define DOMAINS_AT_ONCE 2048

struct verdicts {
	struct facts *f;
	struct domain *domains;
	size_t n;
	struct arena arena[PARALLEL_MAX];
};

static void judge_some(void *ctx, size_t i, unsigned thread)
{
	struct verdicts *v = ctx;
	size_t end = (i + 1) * DOMAINS_AT_ONCE;

	for (size_t d = i * DOMAINS_AT_ONCE; d < v->n && d < end; d++)
		verdict_judge(v->f, &v->domains[d], &v->arena[thread]);
}

static void judge_all(struct facts *f, struct domain *domains, size_t n, struct arena *a)
{
	struct verdicts v = { .f = f, .domains = domains, .n = n };

	parallel_run((n + DOMAINS_AT_ONCE - 1) / DOMAINS_AT_ONCE, judge_some, &v);
	for (unsigned t = 0; t < PARALLEL_MAX; t++)
		arena_join(a, &v.arena[t]);
}

void judge_domains(struct facts *f, struct arena *a)
{
	judge_all(f, f->domains, f->ndomains, a);
	judge_all(f, f->others, f->nothers, a);
}

void judge_pick_notable(struct facts *f, struct arena *a)
{
	uint32_t *notable = arena_zalloc(a, (f->ndomains + 1) * sizeof(*notable));

	f->nnotable = 0;
	for (size_t i = 0; i < f->ndomains; i++) {
		notable[f->nnotable] = (uint32_t)i;
		f->nnotable += !f->domains[i].plain;
	}
	f->notable = notable;
}

struct checking {
	const struct facts *f;
	const char *const *only;
	size_t n;
	struct arena arena[PARALLEL_MAX];
	struct report report[PARALLEL_MAX];
};

/* From the last on: those of the routing find most. */
static void check_one(void *ctx, size_t i, unsigned thread)
{
	struct checking *c = ctx;

	check_run(c->f, c->only, c->n - 1 - i, &c->report[thread]);
}

void judge_checks(const struct facts *f, const char *const *only, struct report *r)
{
	struct checking c = { .f = f, .only = only };
	while (all_checks[c.n])
		c.n++;
	for (unsigned t = 0; t < PARALLEL_MAX; t++)
		report_init(&c.report[t], &c.arena[t]);
	if (f->ndomains > DOMAINS_AT_ONCE)
		parallel_run(c.n, check_one, &c);
	else
		for (size_t i = 0; i < c.n; i++)
			check_one(&c, i, 0);
	for (unsigned t = 0; t < PARALLEL_MAX; t++)
		report_join(r, &c.report[t]);
	report_sort(r);
}
