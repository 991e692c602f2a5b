#include "sources/dns_pace.h"

#define SECOND 1000
#define ONE 1000		/* question, in credit */
#define CREDIT_MS 100		/* more is not saved up */
#define RATE_FREE 20000		/* a limit above this is none */
#define LOSSES_MIN 3		/* fewer may be the network's */
#define LOSS_SHARE 50		/* one of so many answers */
#define FAILURE_SHARE 4		/* the same of failures */
#define BUSY 32			/* answers a second */

void dns_pace_begin(struct dns_pace *p, int64_t now)
{
	*p = (struct dns_pace){
		.window = DNS_WINDOW_MIN, .second = now, .credited = now,
	};
}

static void next_second(struct dns_pace *p, int64_t now)
{
	p->before = (unsigned)(p->good * (int64_t)SECOND / (now - p->second));
	if (p->rate && !p->lost)
		p->rate += p->rate / 8 + 1;
	if (p->rate > RATE_FREE)
		p->rate = 0;
	p->second = now;
	p->good = p->bad = p->lost = 0;
}

void dns_pace_clock(struct dns_pace *p, int64_t now)
{
	int64_t most = (int64_t)p->rate * CREDIT_MS;

	if (now - p->second >= SECOND)
		next_second(p, now);
	p->credit += p->rate * (now - p->credited);
	p->credited = now;
	if (p->credit > (most > ONE ? most : ONE))
		p->credit = most > ONE ? most : ONE;
}

bool dns_pace_may_send(const struct dns_pace *p)
{
	return !p->rate || p->credit >= ONE;
}

void dns_pace_sent(struct dns_pace *p)
{
	if (p->rate)
		p->credit -= ONE;
}

void dns_pace_answer(struct dns_pace *p)
{
	p->good++;
	if (p->window < DNS_WINDOW_MAX)
		p->window++;
}

static unsigned larger(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

/* A little below what it answers in a second; of a limit that is there already no
 * more than half at once: little may have been asked lately. */
static void slow_down(struct dns_pace *p, int64_t now)
{
	unsigned slower = larger(p->before, p->good) / 10 * 9;

	p->slowed = now;
	if (p->rate && slower > p->rate)
		slower = p->rate / 10 * 9;
	if (p->rate)
		slower = larger(slower, p->rate / 2);
	p->rate = larger(slower, DNS_RATE_MIN);
	p->window = larger(p->window / 2, DNS_WINDOW_MIN);
}

void dns_pace_loss(struct dns_pace *p, int64_t asked, int64_t now)
{
	p->recovered++;
	if (p->slowed && asked < p->slowed)
		return;
	p->lost++;
	if (p->lost >= LOSSES_MIN && p->lost * LOSS_SHARE >= p->good)
		slow_down(p, now);
}

void dns_pace_failure(struct dns_pace *p, bool again, int64_t now)
{
	p->bad++;
	p->confirmed += again;
	if (!p->suspected && p->good && p->bad >= BUSY && p->bad > p->good / FAILURE_SHARE) {
		p->suspected = true;
		slow_down(p, now);
	} else if (p->confirmed == BUSY && !p->recovered) {
		p->rate = 0;
	}
}

bool dns_pace_is_busy(const struct dns_pace *p)
{
	return p->good + p->bad >= BUSY || p->before >= BUSY;
}
