#ifndef SOURCES_DNS_PACE_H
#define SOURCES_DNS_PACE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How fast one resolver is asked. It begins with a small window, which every
 * answer widens. There is no limit of speed until the resolver shows that it has
 * one: a question that it left without an answer, or that failed, and was answered
 * at once when it was asked again. Then it is asked a little slower than it was
 * able to answer, and each second without a loss a little faster. Many failures
 * are taken for that sign too, until those that are asked again fail again.
 *
 * Times are milliseconds of one clock, given by the caller.
 */
#define DNS_WINDOW_MIN 64
#define DNS_WINDOW_MAX 512
#define DNS_RATE_MIN 20		/* questions a second */

struct dns_pace {
	unsigned window;	/* questions in flight */
	unsigned rate;		/* a second; 0: no limit */
	int64_t second;		/* when the one that is counted began */
	unsigned good, bad, lost;	/* of it: answers, failures, losses */
	unsigned before;	/* answers of the one before */
	int64_t credited, credit;	/* thousandths of a question */
	int64_t slowed;		/* when it was slowed down last */
	unsigned recovered, confirmed;	/* failures that were asked again: which ended
					 * well, and which did not */
	bool suspected;
};

void dns_pace_begin(struct dns_pace *p, int64_t now);
/* To be called often. */
void dns_pace_clock(struct dns_pace *p, int64_t now);
/* One may be sent now; dns_pace_sent says that it was. */
bool dns_pace_may_send(const struct dns_pace *p);
void dns_pace_sent(struct dns_pace *p);

void dns_pace_answer(struct dns_pace *p);	/* of any content */
/* SERVFAIL, REFUSED; again: it is not the first for this question. */
void dns_pace_failure(struct dns_pace *p, bool again, int64_t now);
/* What was lost was asked then: before it was slowed down is no sign that it must
 * be slowed down further. */
void dns_pace_loss(struct dns_pace *p, int64_t asked, int64_t now);
/* So much is asked of it that a failure may be of its own. */
bool dns_pace_is_busy(const struct dns_pace *p);

#endif
