#ifndef MAIL_FORWARD_VIEW_H
#define MAIL_FORWARD_VIEW_H

#include "core/facts.h"
#include "core/finding.h"

/* What checks say about forwarders, in one voice. */

/* Findings of one check beyond these are counted in one: nobody reads a thousand. */
#define FORWARD_SHOWN 100

/* Mail for the address is handled here by its own line. Default addresses take only
 * what has no mailbox, which is not known. */
bool forward_leads_on(const struct forward_node *x);
/* Where one domain alone is looked at, forwarders are known of all: whether those of this
 * domain are to be judged. */
bool forward_concerns(const struct facts *f, const char *domain);
/* The target as it is written: the address, or the text. */
const char *forward_target(const struct forward_facts *f, const struct forward_edge *e);
/* Of targets, those that bring the mail to a person, a program or a file. */
bool forward_delivers(const struct forward_edge *e);

/* The program of a pipe, its first word, when that is a plain absolute path; or NULL. */
const char *forward_program(const struct forward_edge *e, struct arena *a);

/* The file that its line stands in. */
const char *forward_file(const struct forward_node *n, struct arena *a);
/* The line of the address, with the file that it stands in. */
void forward_evidence(struct report *r, struct finding *x,
		      const struct forward_facts *f, const struct forward_node *n);

/*
 * The shortest way round in a circle, from its first address by name back to it:
 * nodes in the order of the way, the first not repeated; how many.
 */
size_t forward_round(const struct forward_facts *f, const struct forward_loop *loop,
		     const uint32_t **way, struct arena *a);
/* The same of a circle through another server, from the first of its addresses here. */
size_t forward_far_round(const struct forward_facts *f, const struct forward_loop *loop,
			 const uint32_t **way, struct arena *a);
/* "a@d → b@d → a@d"; long ways are cut in the middle. */
const char *forward_round_text(const struct forward_facts *f, const uint32_t *way,
			       size_t n, struct arena *a);

/*
 * The shortest way from `start` (its own line first) to an address of another server, or
 * to that address of one: nodes in order, the last one is that address; 0: it is not
 * reached by lines here, or not within FORWARD_STEPS addresses. to: NULL, the first.
 * *others: the other addresses of other servers that are reached.
 */
#define FORWARD_STEPS 1000
size_t forward_way_out(const struct forward_facts *f, uint32_t start, const char *to,
		       const uint32_t **way, size_t *others, struct arena *a);

/* Those beyond FORWARD_SHOWN. */
void forward_more(const struct check *c, const struct facts *f, size_t n,
		  const char *what, struct report *r);

#endif
