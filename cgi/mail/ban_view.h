#ifndef MAIL_BAN_VIEW_H
#define MAIL_BAN_VIEW_H

#include "core/facts.h"
#include "core/finding.h"

/*
 * Which bans really keep an address from this server's mail ports: CSF's lists
 * count while CSF is on, csf.allow goes before csf.deny, cPHulk's whitelist
 * before what it has blocked, an entry for other ports keeps no mail out.
 */
#define BANS_SHOWN 20

struct ban_verdict {
	const struct ban *all[BANS_SHOWN];	/* every entry that holds it */
	size_t nall;
	const struct ban *blocks;	/* one that keeps it out; NULL: none does */
	const struct ban *lets;		/* one that lets it through all the same */
	bool csf_off;			/* CSF's entries are there and count nothing */
};

void ban_judge(const struct facts *f, const struct ip *ip, struct ban_verdict *out);
/* The helper's verb that takes this one entry out; NULL: it is a network, which is
 * never cut up, or nobody's to change with one click. */
const char *ban_verb(const struct ban *b);
/* What a person can do about it instead; in a where it is made. */
const char *ban_advice(struct arena *a, const struct ban *b);
/* "/etc/csf/csf.deny", or "FILE, included by" it; in a where it is made. */
const char *ban_place(struct arena *a, const struct ban *b);
/* "csf.deny, line 12" as the source, why and since when as the text. */
void ban_evidence(struct report *r, struct finding *x, const struct ban *b);

#endif
