#ifndef HTTP_DOMAIN_TABLE_H
#define HTTP_DOMAIN_TABLE_H

#include "base/map.h"
#include "core/finding.h"
#include "render/domain_rows.h"

/*
 * The domains of the last scan with what was found about each, in the orders that
 * a page may ask for. Made once a scan, never changed, shared by threads.
 */
enum domain_verdict {	/* the worst of its findings */
	DOMAIN_CRITICAL, DOMAIN_WARNING, DOMAIN_UNKNOWN, DOMAIN_INFO,
	DOMAIN_FINE,	/* judged, and nothing was found */
	NDOMAIN_VERDICTS
};

enum domain_order { BY_NAME, BY_ACCOUNT, BY_VERDICT, NDOMAIN_ORDERS };

struct table_row {
	struct domain_row row;
	enum domain_verdict verdict;
	unsigned findings;
};

struct domain_table {
	struct table_row *rows;			/* by name */
	uint32_t *order[NDOMAIN_ORDERS];	/* places in rows */
	size_t n;
	/* What is looked through for a page lies close together: */
	uint8_t *verdict;
	size_t count[NDOMAIN_VERDICTS];
	uint32_t *reseller;	/* place in resellers + 1; 0: none */
	const char **resellers;
	size_t nresellers;
	char *names;		/* one after another, an LF after each */
	uint32_t *name_at;	/* where each begins; one more at the end */
};

/* What of it is wanted. NULL and false: all. */
struct table_wish {
	const char *reseller;	/* owns the account */
	const char *account;
	const char *q;		/* lower case: somewhere in the name */
	enum domain_verdict verdict;
	bool has_verdict;
	enum domain_order order;
	bool backwards;
	size_t from, most;	/* rows of those that fit */
};

struct table_page {
	size_t count[NDOMAIN_VERDICTS];	/* that fit all but the verdict */
	size_t matching;	/* and the verdict */
	const struct table_row **rows;	/* most of them, in a */
	size_t n;
};

const char *domain_verdict_name(enum domain_verdict v);
bool domain_verdict_find(const char *name, enum domain_verdict *out);

/* From the text of domain_rows_text. What was found is told by domain_table_found,
 * then domain_table_end puts the whole in order. All in a. */
struct domain_table *domain_table_new(struct slice text, struct arena *a);
void domain_table_found(struct domain_table *t, const char *domain, enum severity s);
void domain_table_end(struct domain_table *t, struct arena *a);

void domain_table_choose(const struct domain_table *t, const struct table_wish *w,
			 struct arena *a, struct table_page *out);

/* The text again; what is routed how is left out for the names in `changed`. The
 * caller's. */
json_object *domain_table_text(const struct domain_table *t, const struct map *changed);

#endif
