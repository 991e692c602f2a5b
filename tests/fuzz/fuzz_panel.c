#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mail/verdict.h"
#include "sources/panel.h"
#include "sources/whm_http.h"
#include "sources/whm_reply.h"

#define BETWEEN 0x1e	/* record separator: what follows answers the next call */

struct remote {
	struct world w;
	const uint8_t *at;
	size_t left;
	unsigned calls;
};

static int answer(struct world *w, const char *function, const char *form,
		  struct buf *reply, struct err *e)
{
	struct remote *r = (struct remote *)w;
	const uint8_t *end = r->left ? memchr(r->at, BETWEEN, r->left) : NULL;
	size_t n = end ? (size_t)(end - r->at) : r->left;

	if (strncmp(form, "api.version=1", 13) || !*function)
		abort();
	if (r->calls++ > 4000 || !r->left)
		return err_set(e, ERR_UNAVAILABLE, "no more");
	buf_add(reply, r->at, n);
	r->at += end ? n + 1 : n;
	r->left -= end ? n + 1 : n;
	return 0;
}

static int nothing(struct world *w, struct dns_batch *b, struct err *e)
{
	struct dns_question q;
	void *tag;

	(void)w;
	(void)e;
	while (b->next(b, &q, &tag))
		b->answer(b, tag, DNS_TIMEOUT, NULL, 0);
	return 0;
}

/* Told by the panel or not told at all; never both, and never in two lists. */
static void check_domain(const struct facts *f, struct domain *d, struct arena *a)
{
	int lists = 0;

	for (int l = 0; l < NLISTS; l++) {
		lists += d->line[l] != 0;
		if (d->line[l] && d->line[l] != LINE_OF_PANEL)
			abort();
	}
	if (!text_is_domain(d->name) || lists > 1 || (lists && (domain_more(d)->untold || !d->whm_listed)) ||
	    (d->owner && !text_is_account(d->owner)))
		abort();
	verdict_judge(f, d, a);
	if (d->routing == ROUTING_LISTED_TWICE || d->routing == ROUTING_UNLISTED ||
	    (domain_more(d)->untold && d->routing != ROUTING_UNTOLD && d->routing != ROUTING_UNJUDGED))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct world_ops ops = { .kind = "remote", .whm = answer, .dns = nothing };
	struct remote r = { .w = { .ops = &ops }, .at = data, .left = n };
	const struct panel_wish wish = { .only = NULL };
	struct arena a = ARENA_INIT;
	struct facts f = { .now = 1 };

	panel_gather(&r.w, &wish, &f, &a);
	if (f.source[SOURCE_FILES].state != SOURCE_ABSENT ||
	    (f.source[SOURCE_ADDRESSES].state == SOURCE_OK && !f.nown))
		abort();
	f.source[SOURCE_DNS].state = SOURCE_OK;
	for (size_t i = 0; i < f.ndomains; i++) {
		if (i && strcmp(f.domains[i - 1].name, f.domains[i].name) >= 0)
			abort();
		check_domain(&f, &f.domains[i], &a);
	}
	arena_clear(&a);
	return 0;
}
