#include <string.h>

#include "core/check.h"
#include "mail/when.h"

#define SHOWN 50	/* findings; the others are counted */

/* It says so itself, or the log does of the address that it is about. */
static bool is_of_a_loop(const struct facts *f, const struct frozen_bounce *b)
{
	for (size_t i = 0; b->failed && i < f->forwarding.nrounds; i++)
		if (!strcmp(f->forwarding.rounds[i].address, b->failed))
			return true;
	return b->loop;
}

static void add(const struct check *c, const struct frozen_bounce *b, struct report *r)
{
	struct finding *x = report_add(r, c, SEV_INFO, SUBJECT_SERVER, b->id,
		"A bounce about mail%s%s that went in circles is frozen in the queue: it could not be returned to %s",
		b->failed ? " for " : "", b->failed ? b->failed : "", b->to);
	char when[WHEN_MAX];

	finding_evidence(r, x, "Exim's queue", "message %s from <> to %s, frozen, received %s",
			 b->id, b->to, when_text(when, b->received));
	if (b->said)
		finding_evidence(r, x, "the bounce", "%s", b->said);
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	struct finding *x;
	size_t n = 0;

	for (size_t i = 0; i < f->queue.n; i++)
		if (is_of_a_loop(f, &f->queue.bounces[i]) && n++ < SHOWN)
			add(c, &f->queue.bounces[i], r);
	if (n <= SHOWN && !(n && f->queue.more))
		return;
	x = report_add(r, c, SEV_INFO, SUBJECT_SERVER, f->hostname ? f->hostname : "this server",
		       "More bounces about mail that went in circles may be frozen in the queue than the %d that are listed",
		       (int)(n < SHOWN ? n : SHOWN));
	finding_evidence(r, x, "Exim's queue", "%zu were found%s", n,
			 f->queue.more ? ", and not all of the queue was looked at" : "");
	finding_no_fix(r, x, "Break the circle first, settle those that are listed, then scan again.");
}

const struct check check_bounce_frozen = {
	.id = "bounce_frozen", .rule = "E18",
	.title = "Bounces of mail that went in circles lie frozen in the queue",
	.why = "A bounce that cannot be returned either stays in the queue, and Exim keeps it until it is given up. It does no harm by itself; it shows that mail went in circles, and many of them hide the messages that matter.",
	.who = "the server's administrator, once the circle is broken",
	.ways = WAY_OUT,
	.needs = SRC_QUEUE,
	.run = run,
	.fix = "remove_frozen",
};
