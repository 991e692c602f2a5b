#ifndef CORE_FINDING_H
#define CORE_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/* What a check says: data only; how it looks is render/'s business. */

enum severity { SEV_CRITICAL, SEV_WARNING, SEV_UNKNOWN, SEV_INFO };
enum subject_kind { SUBJECT_SERVER, SUBJECT_DOMAIN, SUBJECT_PORT,
	SUBJECT_ADDRESS, SUBJECT_IP, SUBJECT_FORWARDER };

const char *severity_name(enum severity s);
bool severity_find(const char *name, enum severity *out);	/* false: NULL or none */
const char *subject_kind_name(enum subject_kind k);

struct evidence {
	const char *source;	/* where it was seen: "DNS", "/etc/localdomains" */
	const char *text;
	struct evidence *next;
};

struct check;
struct mute;

/* Whom it has hit, and how often. */
struct impact {
	uint64_t mails;		/* refused or held, within so many days */
	unsigned days;
	const char **accounts;	/* cPanel accounts, or what named itself; at most
				 * IMPACT_ACCOUNTS are told */
	size_t naccounts;
};
#define IMPACT_ACCOUNTS 10

struct finding {
	const struct check *check;
	const char *id;		/* check:subject, the same in every scan of the same state */
	enum severity severity;
	enum subject_kind kind;
	const char *subject;	/* domain, port, file …; the host name for the server */
	const char *text;	/* one sentence */
	struct evidence *evidence, **evidence_tail;
	const char *fix;	/* the check's fix, or NULL: no button here */
	const char *advice;	/* what a person can do, above all where there is no button; or NULL */
	/* Where somebody else must act: whom to write to and what, ready to send;
	 * both or neither. */
	const char *letter_to, *letter;
	struct impact *impact;	/* NULL: not counted */
	/* Of the scans before (engine/history): when it was first seen, since when
	 * it stands, and whether that is news. 0: not known. */
	int64_t first_seen, since;
	bool is_new;
	const struct mute *muted;	/* not counted for now (core/mute.h); or NULL */
	enum { FINDING_UNKNOWN, FINDING_KNOWN, FINDING_BACK } known;
	struct finding *next;
};

/* One of a scan before that stands no longer. */
struct gone_finding {
	const char *id, *check, *kind, *subject, *severity, *text;
	const char *reseller;	/* or NULL */
	int64_t first_seen, last_seen;
};

struct report {
	struct arena *arena;
	struct finding *first, **tail;
	size_t count[SEV_INFO + 1];	/* but for the muted ones */
	size_t nmuted;
	/* Checks that this world could not be asked. */
	const struct check **not_asked;
	size_t nnot_asked, cap_not_asked;
	struct gone_finding *gone;	/* lately */
	size_t ngone;
};

void report_init(struct report *r, struct arena *a);

/* This world cannot answer it. */
void report_not_asked(struct report *r, const struct check *c);

/* A finding about a domain gets the check's fix; finding_no_fix takes it off.
 * subject is copied. */
__attribute__((format(printf, 6, 7)))
struct finding *report_add(struct report *r, const struct check *c,
			   enum severity sev, enum subject_kind kind,
			   const char *subject, const char *fmt, ...);
__attribute__((format(printf, 4, 5)))
void finding_evidence(struct report *r, struct finding *x, const char *source,
		      const char *fmt, ...);
/* What a person should do or think of besides what the button does. */
__attribute__((format(printf, 3, 4)))
void finding_advice(struct report *r, struct finding *x, const char *fmt, ...);
/* No button on this finding; advice says what to do instead. */
__attribute__((format(printf, 3, 4)))
void finding_no_fix(struct report *r, struct finding *x, const char *fmt, ...);
/* What `from` has comes to r, with the memory that it lies in. */
void report_join(struct report *r, struct report *from);
/* One more account that it has hit, named once. The finding's impact is made when
 * it has none. */
void finding_hits(struct report *r, struct finding *x, const char *account);
/* So many mails, within so many days. */
void finding_counts(struct report *r, struct finding *x, uint64_t mails, unsigned days);
/* Worst first; within a severity by check, then subject. */
void report_sort(struct report *r);

#endif
