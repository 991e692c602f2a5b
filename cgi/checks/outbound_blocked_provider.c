#include "core/check.h"
#include "mail/filter_view.h"
#include "mail/port_evidence.h"

#define ADVICE "Ask whoever runs the network (often a form of the hosting provider) to open outgoing port 25, or send through a smarthost on port 587."

/* This server's own rules let Exim's connection out, or keep it; where they
 * could not be read, or do not decide, neither. */
enum own_rules { OWN_RULES_UNKNOWN, OWN_RULES_PASS, OWN_RULES_BLOCK };

static enum own_rules own_rules(const struct facts *f, int family)
{
	const struct user_class exim = exim_class(f);
	struct fw_answer answer;

	if (f->source[SOURCE_FIREWALL].state != SOURCE_OK)
		return OWN_RULES_UNKNOWN;
	filter_out(f, &exim, family, 25, &answer);
	if (answer.verdict == FW_V_UNKNOWN)
		return OWN_RULES_UNKNOWN;
	return filter_blocks(&answer) || answer.verdict == FW_V_REDIRECTED ?
		OWN_RULES_BLOCK : OWN_RULES_PASS;
}

static const char *subject(struct report *r, int family)
{
	return arena_printf(r->arena, "25/%s", port_family(family));
}

static void proven(const struct check *c, const struct facts *f, int family,
		   const struct out_view *v, struct report *r)
{
	struct finding *x = report_add(r, c, family == 4 ? SEV_CRITICAL : SEV_WARNING,
		SUBJECT_PORT, subject(r, family),
		"Outgoing port 25 is blocked behind this server over %s, by its provider or a firewall there",
		port_family(family));

	finding_evidence(r, x, "Relay Doctor", "%s", v->why);
	port_evidence_probe(r, x, f, OUT_EXIM, 25, family);
	port_evidence_log(r, x, f, family);
	if (own_rules(f, family) == OWN_RULES_PASS)
		finding_evidence(r, x, "firewall", "this server's own rules let Exim connect to port 25");
	finding_no_fix(r, x, "%s", ADVICE);
}

static void suspected(const struct check *c, const struct facts *f, int family,
		      struct report *r)
{
	struct finding *x = report_add(r, c, SEV_UNKNOWN, SUBJECT_PORT,
		subject(r, family),
		"No mail left over %s in the last hour and many hosts timed out: who blocks port 25 is not known yet",
		port_family(family));

	port_evidence_log(r, x, f, family);
	finding_no_fix(r, x, "relaydoctor probe out tells this server's own rules, the provider and the far end apart.");
}

/* What this server's own rules do is outbound_blocked_local's to tell. */
static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (int family = 4; family <= 6; family += 2) {
		struct out_view v = out_judge(f, OUT_EXIM, 25, family, r->arena);
		bool asked = probe_counts(f, family) && v.hosts &&
			v.verdict != OUT_UNKNOWN;

		if (own_rules(f, family) == OWN_RULES_BLOCK)
			continue;
		if (asked && v.verdict == OUT_PROVIDER)
			proven(c, f, family, &v, r);
		else if (!asked && out_log_judge(f, family) == OUT_LOG_TIMES_OUT)
			suspected(c, f, family, r);
	}
}

const struct check check_outbound_blocked_provider = {
	.id = "outbound_blocked_provider", .rule = "B01",
	.title = "Outgoing port 25 is blocked outside this server",
	.why = "Exim cannot reach any other mail server: everything for other domains waits in the queue and comes back to its senders after days.",
	.who = "the network's provider, asked by the server's administrator",
	.ways = WAY_OUT,
	.needs = SRC_PORTS | SRC_LOG,
	.run = run,
};
