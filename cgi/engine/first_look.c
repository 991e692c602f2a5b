#include "base/io.h"
#include "engine/first_look.h"
#include "mail/verdict.h"
#include "sources/dns.h"
#include "sources/settings.h"

#define FIRST_MS 250
#define LATER_BY 3
#define AGAIN_MS 30000		/* at the latest */

void first_look_begin(struct first_look *l, const struct facts *f,
		      const char *const *only)
{
	*l = (struct first_look){ .f = f, .only = only, .began = io_monotonic_ms() };
	l->next = l->began + FIRST_MS;
}

static bool is_time(struct first_look *l)
{
	int64_t now = io_monotonic_ms(), wait = (now - l->began) * (LATER_BY - 1);

	if (now < l->next)
		return false;
	l->next = now + (wait < AGAIN_MS ? wait : AGAIN_MS);
	return true;
}

/* Facts of the domains that are complete; their copies may be judged. */
static struct facts complete(const struct facts *all, struct arena *a)
{
	struct facts f = *all;
	size_t n = 0;

	f.domains = arena_zalloc(a, (all->ndomains + 1) * sizeof(*f.domains));
	f.partial = true;
	f.source[SOURCE_DNS].state = SOURCE_OK;
	for (size_t i = 0; i < all->ndomains; i++)
		if (dns_is_complete(&all->domains[i]))
			f.domains[n++] = all->domains[i];
	f.ndomains = n;
	settings_mark_gateways(&f);
	for (size_t i = 0; i < n; i++)
		verdict_judge(&f, &f.domains[i], a);
	return f;
}

static bool may_be_told(const struct finding *x)
{
	return x->kind == SUBJECT_DOMAIN && x->severity <= SEV_WARNING;
}

static void drop_others(struct report *r)
{
	struct finding *x = r->first, *next;

	report_init(r, r->arena);
	for (; x; x = next) {
		next = x->next;
		if (!may_be_told(x))
			continue;
		*r->tail = x;
		r->tail = &x->next;
		r->count[x->severity]++;
	}
	*r->tail = NULL;
}

bool first_look(struct first_look *l, struct arena *a, struct report *r)
{
	struct facts f;

	if (!is_time(l))
		return false;
	f = complete(l->f, a);
	report_init(r, a);
	checks_run(&f, l->only, r);
	drop_others(r);
	return true;
}
