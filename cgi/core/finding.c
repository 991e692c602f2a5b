#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/finding.h"

const char *severity_name(enum severity s)
{
	static const char *const names[] = {
		[SEV_CRITICAL] = "critical", [SEV_WARNING] = "warning",
		[SEV_UNKNOWN] = "unknown", [SEV_INFO] = "info",
	};

	return names[s];
}

bool severity_find(const char *name, enum severity *out)
{
	for (int i = SEV_CRITICAL; i <= SEV_INFO; i++)
		if (name && !strcmp(name, severity_name((enum severity)i))) {
			*out = (enum severity)i;
			return true;
		}
	return false;
}

const char *subject_kind_name(enum subject_kind k)
{
	static const char *const names[] = {
		[SUBJECT_SERVER] = "server", [SUBJECT_DOMAIN] = "domain",
		[SUBJECT_PORT] = "port", [SUBJECT_ADDRESS] = "address",
		[SUBJECT_IP] = "ip", [SUBJECT_FORWARDER] = "forwarder",
	};

	return names[k];
}

void report_init(struct report *r, struct arena *a)
{
	memset(r, 0, sizeof(*r));
	r->arena = a;
	r->tail = &r->first;
}

void report_not_asked(struct report *r, const struct check *c)
{
	r->not_asked = arena_grow(r->arena, r->not_asked, r->nnot_asked,
				  &r->cap_not_asked, sizeof(*r->not_asked));
	r->not_asked[r->nnot_asked++] = c;
}

struct finding *report_add(struct report *r, const struct check *c,
			   enum severity sev, enum subject_kind kind,
			   const char *subject, const char *fmt, ...)
{
	struct finding *x = arena_zalloc(r->arena, sizeof(*x));
	va_list ap;

	x->check = c;
	x->severity = sev;
	x->kind = kind;
	x->subject = arena_strdup(r->arena, subject);
	x->id = arena_printf(r->arena, "%s:%s", c->id, subject);
	va_start(ap, fmt);
	x->text = arena_vprintf(r->arena, fmt, ap);
	va_end(ap);
	x->evidence_tail = &x->evidence;
	x->fix = sev == SEV_UNKNOWN ? NULL : c->fix;
	*r->tail = x;
	r->tail = &x->next;
	r->count[sev]++;
	return x;
}

void finding_evidence(struct report *r, struct finding *x, const char *source,
		      const char *fmt, ...)
{
	struct evidence *ev = arena_zalloc(r->arena, sizeof(*ev));
	va_list ap;

	ev->source = arena_strdup(r->arena, source);
	va_start(ap, fmt);
	ev->text = arena_vprintf(r->arena, fmt, ap);
	va_end(ap);
	*x->evidence_tail = ev;
	x->evidence_tail = &ev->next;
}

void finding_advice(struct report *r, struct finding *x, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	x->advice = arena_vprintf(r->arena, fmt, ap);
	va_end(ap);
}

void finding_no_fix(struct report *r, struct finding *x, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	x->advice = arena_vprintf(r->arena, fmt, ap);
	va_end(ap);
	x->fix = NULL;
}

static struct impact *impact_of(struct report *r, struct finding *x)
{
	if (!x->impact) {
		x->impact = arena_zalloc(r->arena, sizeof(*x->impact));
		x->impact->accounts = arena_zalloc(r->arena, IMPACT_ACCOUNTS *
						   sizeof(*x->impact->accounts));
	}
	return x->impact;
}

void finding_hits(struct report *r, struct finding *x, const char *account)
{
	struct impact *i = impact_of(r, x);

	for (size_t n = 0; n < i->naccounts; n++)
		if (!strcmp(i->accounts[n], account))
			return;
	if (i->naccounts < IMPACT_ACCOUNTS)
		i->accounts[i->naccounts++] = arena_strdup(r->arena, account);
}

void finding_counts(struct report *r, struct finding *x, uint64_t mails, unsigned days)
{
	struct impact *i = impact_of(r, x);

	i->mails += mails;
	i->days = days;
}

static int order(const void *pa, const void *pb)
{
	const struct finding *a = *(struct finding *const *)pa;
	const struct finding *b = *(struct finding *const *)pb;
	int d = (int)a->severity - (int)b->severity;

	if (!d)
		d = strcmp(a->check->id, b->check->id);
	return d ? d : strcmp(a->id, b->id);
}

void report_join(struct report *r, struct report *from)
{
	for (size_t i = 0; i < from->nnot_asked; i++)
		report_not_asked(r, from->not_asked[i]);
	*r->tail = from->first;
	if (from->first)
		r->tail = from->tail;
	for (int s = 0; s <= SEV_INFO; s++)
		r->count[s] += from->count[s];
	arena_join(r->arena, from->arena);
}

static int by_id(const void *pa, const void *pb)
{
	const struct check *a = *(const struct check *const *)pa;
	const struct check *b = *(const struct check *const *)pb;

	return strcmp(a->id, b->id);
}

void report_sort(struct report *r)
{
	struct finding **all, *x;
	size_t n = 0, i = 0;

	for (x = r->first; x; x = x->next)
		n++;
	all = arena_zalloc(r->arena, (n + 1) * sizeof(*all));
	for (x = r->first; x; x = x->next)
		all[i++] = x;
	qsort(all, n, sizeof(*all), order);
	r->tail = &r->first;
	for (i = 0; i < n; i++) {
		*r->tail = all[i];
		r->tail = &all[i]->next;
	}
	*r->tail = NULL;
	if (r->nnot_asked)
		qsort(r->not_asked, r->nnot_asked, sizeof(*r->not_asked), by_id);
}
