#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "http/domain_table.h"

static const char *const verdicts[NDOMAIN_VERDICTS] = {
	[DOMAIN_CRITICAL] = "critical", [DOMAIN_WARNING] = "warning",
	[DOMAIN_UNKNOWN] = "unknown", [DOMAIN_INFO] = "info", [DOMAIN_FINE] = "fine",
};

const char *domain_verdict_name(enum domain_verdict v)
{
	return verdicts[v];
}

bool domain_verdict_find(const char *name, enum domain_verdict *out)
{
	for (int i = 0; name && i < NDOMAIN_VERDICTS; i++)
		if (!strcmp(name, verdicts[i])) {
			*out = (enum domain_verdict)i;
			return true;
		}
	return false;
}

/* ---- making ------------------------------------------------------------- */

static int compare_names(const void *pa, const void *pb)
{
	const struct table_row *a = pa, *b = pb;

	return strcmp(a->row.name, b->row.name);
}

struct domain_table *domain_table_new(struct slice text, struct arena *a)
{
	struct domain_table *t = arena_zalloc(a, sizeof(*t));
	struct slice line;
	size_t cap = 0;

	for (const char *p = text.p; p && (p = memchr(p, '\n', (size_t)(text.p + text.n - p))); p++)
		cap++;
	t->rows = arena_zalloc(a, (cap + 1) * sizeof(*t->rows));
	while (t->n <= cap && slice_line(&text, &line)) {
		struct table_row *r = &t->rows[t->n];

		if (!domain_row_read(line, a, &r->row))
			continue;
		r->verdict = r->row.judged ? DOMAIN_FINE : DOMAIN_UNKNOWN;
		t->n++;
	}
	qsort(t->rows, t->n, sizeof(*t->rows), compare_names);
	return t;
}

static struct table_row *find(const struct domain_table *t, const char *name)
{
	const struct table_row key = { .row.name = name };

	return t->n ? bsearch(&key, t->rows, t->n, sizeof(*t->rows), compare_names) : NULL;
}

void domain_table_found(struct domain_table *t, const char *domain, enum severity s)
{
	static const enum domain_verdict as[] = {
		[SEV_CRITICAL] = DOMAIN_CRITICAL, [SEV_WARNING] = DOMAIN_WARNING,
		[SEV_UNKNOWN] = DOMAIN_UNKNOWN, [SEV_INFO] = DOMAIN_INFO,
	};
	struct table_row *r = find(t, domain);

	if (!r)
		return;
	if (as[s] < r->verdict)
		r->verdict = as[s];
	r->findings++;
}

static int text_order(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) : (a == NULL) - (b == NULL);
}

static int by_account(const void *pa, const void *pb, void *rows)
{
	const struct table_row *a = (struct table_row *)rows + *(const uint32_t *)pa;
	const struct table_row *b = (struct table_row *)rows + *(const uint32_t *)pb;
	int c = text_order(a->row.owner, b->row.owner);

	return c ? c : (a > b) - (a < b);
}

static int by_verdict(const void *pa, const void *pb, void *rows)
{
	const struct table_row *a = (struct table_row *)rows + *(const uint32_t *)pa;
	const struct table_row *b = (struct table_row *)rows + *(const uint32_t *)pb;

	return a->verdict != b->verdict ? (int)a->verdict - (int)b->verdict :
		(a > b) - (a < b);
}

/* Their names are few. */
static void put_resellers(struct domain_table *t, struct arena *a)
{
	struct map seen = MAP_INIT(a, 0);
	size_t cap = 0;

	t->reseller = arena_zalloc(a, (t->n + 1) * sizeof(*t->reseller));
	for (size_t i = 0; i < t->n; i++) {
		const char *name = t->rows[i].row.reseller;
		void **place = name ? map_at(&seen, name) : NULL;

		if (!place)
			continue;
		if (!*place) {
			t->resellers = arena_grow(a, t->resellers, t->nresellers, &cap,
						  sizeof(*t->resellers));
			t->resellers[t->nresellers++] = name;
			*place = (void *)(uintptr_t)t->nresellers;
		}
		t->reseller[i] = (uint32_t)(uintptr_t)*place;
	}
}

static void put_names(struct domain_table *t, struct arena *a)
{
	size_t size = 0;
	char *p;

	for (size_t i = 0; i < t->n; i++)
		size += strlen(t->rows[i].row.name) + 1;
	p = t->names = arena_zalloc(a, size + 1);
	t->name_at = arena_zalloc(a, (t->n + 1) * sizeof(*t->name_at));
	for (size_t i = 0; i < t->n; i++) {
		size_t n = strlen(t->rows[i].row.name);

		t->name_at[i] = (uint32_t)(p - t->names);
		memcpy(p, t->rows[i].row.name, n);
		p[n] = '\n';
		p += n + 1;
	}
	t->name_at[t->n] = (uint32_t)(p - t->names);
}

void domain_table_end(struct domain_table *t, struct arena *a)
{
	static int (*const compare[NDOMAIN_ORDERS])(const void *, const void *, void *) = {
		[BY_ACCOUNT] = by_account, [BY_VERDICT] = by_verdict,
	};

	for (int o = 0; o < NDOMAIN_ORDERS; o++) {
		t->order[o] = arena_zalloc(a, (t->n + 1) * sizeof(**t->order));
		for (size_t i = 0; i < t->n; i++)
			t->order[o][i] = (uint32_t)i;
		if (compare[o])
			qsort_r(t->order[o], t->n, sizeof(**t->order), compare[o], t->rows);
	}
	t->verdict = arena_zalloc(a, t->n + 1);
	for (size_t i = 0; i < t->n; i++)
		t->count[t->verdict[i] = (uint8_t)t->rows[i].verdict]++;
	put_resellers(t, a);
	put_names(t, a);
}

/* ---- choosing ----------------------------------------------------------- */

/* Marks are by place in the rows: 1 of what is wanted. */

/* The first place in the order of accounts that is not before this one. */
static size_t first_of(const struct domain_table *t, const char *account)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (text_order(t->rows[t->order[BY_ACCOUNT][mid]].row.owner, account) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static uint8_t *of_account(const struct domain_table *t, const char *account, struct arena *a)
{
	uint8_t *m = arena_zalloc(a, t->n + 1);
	const uint32_t *order = t->order[BY_ACCOUNT];

	for (size_t i = first_of(t, account); i < t->n; i++) {
		if (text_order(t->rows[order[i]].row.owner, account))
			break;
		m[order[i]] = 1;
	}
	return m;
}

/* The row whose name has this byte. */
static size_t row_at(const struct domain_table *t, size_t from, uint32_t byte)
{
	size_t low = from, high = t->n;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (t->name_at[mid] <= byte)
			low = mid;
		else
			high = mid;
	}
	return low;
}

typedef uint8_t block __attribute__((vector_size(16)));

static block read_block(const char *p)
{
	block b;

	memcpy(&b, p, sizeof(b));
	return b;
}

static bool any_of(block b)
{
	uint64_t half[2];

	memcpy(half, &b, sizeof(half));
	return half[0] | half[1];
}

/* As strstr, which takes most of a page's time: names are passed over by sixteen bytes
 * where q's first and last byte do not stand as far apart as in q. n: its length. */
static const char *next_with(const char *p, const char *end, const char *q, size_t n)
{
	const block first = (block){ 0 } + (uint8_t)q[0];
	const block last = (block){ 0 } + (uint8_t)q[n - 1];

	for (; (size_t)(end - p) >= n + sizeof(block); p += sizeof(block)) {
		if (!any_of((block)((read_block(p) == first) &
				    (read_block(p + n - 1) == last))))
			continue;
		for (size_t i = 0; i < sizeof(block); i++)
			if (!memcmp(p + i, q, n))
				return p + i;
	}
	return strstr(p, q);
}

/* q: not empty. */
static uint8_t *with_text(const struct domain_table *t, const char *q, struct arena *a)
{
	uint8_t *m = arena_zalloc(a, t->n + 1);
	const char *p = t->names, *end = p + t->name_at[t->n];
	size_t row = 0, n = strlen(q);

	while (n && *p && (p = next_with(p, end, q, n))) {
		row = row_at(t, row, (uint32_t)(p - t->names));
		m[row] = 1;
		p = t->names + t->name_at[row + 1];
	}
	return m;
}

static uint8_t *both(uint8_t *m, const uint8_t *more, size_t n)
{
	for (size_t i = 0; i < n; i++)
		m[i] &= more[i];
	return m;
}

static uint8_t *of_reseller(const struct domain_table *t, const char *name, struct arena *a)
{
	uint8_t *m = arena_zalloc(a, t->n + 1);
	uint32_t id = 0;

	for (size_t i = 0; i < t->nresellers; i++)
		if (!strcmp(t->resellers[i], name))
			id = (uint32_t)i + 1;
	for (size_t i = 0; id && i < t->n; i++)
		m[i] = t->reseller[i] == id;
	return m;
}

static uint8_t *choose(const struct domain_table *t, const struct table_wish *w,
		    struct arena *a)
{
	uint8_t *m[3] = {
		w->reseller ? of_reseller(t, w->reseller, a) : NULL,
		w->account ? of_account(t, w->account, a) : NULL,
		w->q && *w->q ? with_text(t, w->q, a) : NULL,
	};
	uint8_t *all = NULL;

	for (size_t i = 0; i < sizeof(m) / sizeof(*m); i++)
		if (m[i])
			all = all ? both(all, m[i], t->n) : m[i];
	return all;
}

static void count(const struct domain_table *t, const uint8_t *m, size_t *out)
{
	if (!m)
		memcpy(out, t->count, sizeof(t->count));
	for (size_t i = 0; m && i < t->n; i++)
		out[t->verdict[i]] += m[i];
}

void domain_table_choose(const struct domain_table *t, const struct table_wish *w,
			 struct arena *a, struct table_page *out)
{
	const uint8_t *m = choose(t, w, a);
	size_t passed = 0;

	*out = (struct table_page){ .n = 0 };
	out->rows = arena_zalloc(a, (w->most + 1) * sizeof(*out->rows));
	count(t, m, out->count);
	for (int v = 0; v < NDOMAIN_VERDICTS; v++)
		out->matching += !w->has_verdict || w->verdict == (enum domain_verdict)v ?
			out->count[v] : 0;
	for (size_t i = 0; i < t->n && out->n < w->most && passed < out->matching; i++) {
		uint32_t place = t->order[w->order][w->backwards ? t->n - 1 - i : i];

		if ((m && !m[place]) ||
		    (w->has_verdict && t->verdict[place] != w->verdict))
			continue;
		if (passed++ >= w->from)
			out->rows[out->n++] = &t->rows[place];
	}
}

/* ---- and back ----------------------------------------------------------- */

json_object *domain_table_text(const struct domain_table *t, const struct map *changed)
{
	struct buf out = BUF_INIT(DOMAIN_ROWS_MAX);
	json_object *o;

	for (size_t i = 0; i < t->n; i++) {
		struct domain_row row = t->rows[i].row;

		if (changed && map_get(changed, row.name))
			row.route = NULL;
		if (domain_row_write(&row, &out))
			break;
	}
	o = json_new_text(out.data ? out.data : "");
	buf_free(&out);
	return o;
}
