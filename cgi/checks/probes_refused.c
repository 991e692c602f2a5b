#include <inttypes.h>

#include "base/map.h"
#include "core/check.h"
#include "mail/log_verdict.h"

struct probes {
	uint64_t relay, login;
	size_t networks;
};

static void note(struct probes *p, struct map *seen, const struct log_row *row)
{
	struct ip net = log_network(&row->ip);
	char text[IP_TEXT_MAX];
	const char *key = text;
	void **at;

	if (log_row_is(row, "auth_fail"))
		p->login += row->n;
	else
		p->relay += row->n;
	ip_text(text, &net);
	at = map_at_copy(seen, &key);
	p->networks += !*at;
	*at = p;
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	struct map seen = MAP_INIT(r->arena, (unsigned long)f->now);
	struct probes p = { .networks = 0 };
	struct finding *x;

	for (size_t i = 0; log_is_told(f) && i < f->log.nrows; i++) {
		const struct log_row *row = &f->log.rows[i];
		const struct log_login *ignored;

		if ((log_row_is(row, "relay_unauth") || log_row_is(row, "auth_fail")) &&
		    log_refusal_of(f, row, &ignored) == REFUSAL_PROBE)
			note(&p, &seen, row);
	}
	if (!p.networks)
		return;
	x = report_add(r, c, SEV_INFO, SUBJECT_SERVER, f->hostname ? f->hostname : "this server",
		       "%s%" PRIu64 " probes were refused within %d days, as they should be: nothing is to be done",
		       f->log.exact ? "" : "At least ", p.relay + p.login, LOG_JUDGED_DAYS);
	finding_evidence(r, x, "exim_mainlog", "%" PRIu64 " attempts to relay and %" PRIu64
			 " wrong logins, from %s%zu networks that nobody of this server logged in from",
			 p.relay, p.login, f->log.exact ? "" : "at least ", p.networks);
}

const struct check check_probes_refused = {
	.id = "probes_refused", .rule = "R00",
	.title = "Strangers tried to send through this server and were refused",
	.why = "Every server on the Internet is tried all the time. The refusals show that it is safe; letting one of these addresses in would make it an open relay.",
	.who = "nobody",
	.ways = WAY_IN,
	.needs = SRC_LOG | SRC_DOMAINS | SRC_ADDRESSES,
	.run = run,
};
