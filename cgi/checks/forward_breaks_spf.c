#include "core/check.h"
#include "mail/forward_view.h"

#define SAMPLES 5

/* The provider of mailboxes that takes mail for the address; or NULL. */
static const char *provider_of(const struct facts *f, const struct forward_node *to)
{
	const struct domain *d = to->here ? NULL : facts_domain_or_other(f, to->domain);

	for (size_t i = 0; d && i < d->nmx; i++) {
		const struct mx_host *h = d->mx[i].host;

		if (h->kind == PROVIDER_MAILBOX)
			return h->provider_title ? h->provider_title : h->provider;
	}
	return NULL;
}

struct sample {
	const struct forward_node *from, *to;
	const char *provider;
};

static size_t count(const struct facts *f, struct sample sample[SAMPLES])
{
	const struct forward_facts *g = &f->forwarding;
	size_t n = 0;

	for (size_t i = 0; i < g->nnodes; i++) {
		const struct forward_node *x = &g->nodes[i];

		for (uint32_t k = x->first; x->here && k < x->first + x->n; k++) {
			const struct forward_node *to = &g->nodes[g->edges[k].to];
			const char *provider = g->edges[k].kind == FORWARD_ADDRESS ?
				provider_of(f, to) : NULL;

			if (!provider)
				continue;
			if (n < SAMPLES)
				sample[n] = (struct sample){ x, to, provider };
			n++;
		}
	}
	return n;
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	const char *server = f->hostname ? f->hostname : "this server";
	struct sample sample[SAMPLES];
	size_t n = f->forwarding.srs || f->partial ? 0 : count(f, sample);
	struct finding *x;

	if (!n)
		return;
	x = report_add(r, c, f->forwarding.srs_known ? SEV_WARNING : SEV_UNKNOWN,
		       SUBJECT_SERVER, server, f->forwarding.srs_known ?
		       "%zu forwarder%s to large mail providers, which check SPF, and senders are not rewritten (SRS is off)" :
		       "%zu forwarder%s to large mail providers, which check SPF; whether senders are rewritten (SRS) is not known",
		       n, n == 1 ? " leads" : "s lead");
	finding_evidence(r, x, "/etc/exim.conf.localopts", f->forwarding.srs_known ?
			 "srs is not 1" : "not there, or not readable");
	for (size_t i = 0; i < n && i < SAMPLES; i++)
		finding_evidence(r, x, arena_printf(r->arena, "/etc/valiases/%s", sample[i].from->domain),
				 "line %u: %s forwards to %s (%s)", sample[i].from->line,
				 sample[i].from->name, sample[i].to->name, sample[i].provider);
	finding_no_fix(r, x, "Switch on “Sender Rewriting Scheme (SRS) Support” in WHM's Exim Configuration Manager. It rewrites the envelope sender of all forwarded mail; better still, let people fetch this mail from a mailbox here instead of forwarding it.");
}

const struct check check_forward_breaks_spf = {
	.id = "forward_breaks_spf", .rule = "E10",
	.title = "Forwarded mail fails the sender's SPF",
	.why = "A forwarded message still carries its first sender, whose SPF record does not name this server. Google, Microsoft and others then refuse it (550 5.7.26) or put it into the spam folder, unless its DKIM signature holds.",
	.who = "the server's administrator",
	.ways = WAY_IN,
	.needs = SRC_FORWARDERS | SRC_DOMAINS | SRC_ADDRESSES | SRC_DNS,
	.run = run,
};
