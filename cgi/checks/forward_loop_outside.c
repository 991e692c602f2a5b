#include <string.h>

#include "base/map.h"
#include "core/check.h"
#include "mail/forward_plan.h"
#include "mail/forward_view.h"
#include "mail/when.h"

struct handlers {
	struct map line;	/* by name: the node's number plus one; of those asked for */
};

static const char *default_of(const char *address, struct arena *a)
{
	return arena_printf(a, "*%s", strrchr(address, '@'));
}

/* One walk over all lines for all addresses. */
static struct handlers find_lines(const struct forward_facts *f, struct arena *a)
{
	struct handlers h = { .line = MAP_INIT(a, 0) };
	struct map asked = MAP_INIT(a, 0);

	for (size_t i = 0; i < f->nrounds + f->nreturns; i++) {
		const char *address = i < f->nrounds ? f->rounds[i].address :
			f->returns[i - f->nrounds].address;

		*map_at(&asked, address) = a;
		*map_at(&asked, default_of(address, a)) = a;
	}
	for (size_t i = 0; asked.used && i < f->nnodes; i++)
		if (f->nodes[i].line && f->nodes[i].here && map_get(&asked, f->nodes[i].name))
			*map_at(&h.line, f->nodes[i].name) = (void *)(uintptr_t)(i + 1);
	return h;
}

/* The address's own line, or that of the default address; 0: none, else its number
 * plus one. */
static uintptr_t handler(const struct handlers *h, const char *address, struct arena *a)
{
	uintptr_t own = (uintptr_t)map_get(&h->line, address);

	return own ? own : (uintptr_t)map_get(&h->line, default_of(address, a));
}

/* That mail for the target was seen to come back from there. */
static void returned(const struct forward_facts *f, const char *target, struct finding *x,
		     struct report *r)
{
	char when[WHEN_MAX];

	for (size_t i = 0; i < f->nreturns; i++)
		if (!strcmp(f->returns[i].to, target))
			finding_evidence(r, x, "exim_mainlog",
				"the message %s left for %s to the host %s and came back from there %u times, the last at %s",
				f->returns[i].id, target, f->returns[i].host, f->returns[i].times,
				when_text(when, f->returns[i].last));
}

/* How sure it is that the mail comes back from where the way leads. */
enum proof {
	PROOF_SEEN,	/* the log shows it, or the lines of the other server */
	PROOF_LIKELY,	/* there is no other way out; "Received" lines can be made up */
	PROOF_NONE,	/* one of several */
};

static const char *text_of(enum proof p, const char *address, const char *to, struct arena *a)
{
	if (p == PROOF_SEEN)
		return arena_printf(a, "Mail for %s goes round between this server and another one: it leaves for %s and comes back",
				    address, to);
	if (p == PROOF_LIKELY)
		return arena_printf(a, "Mail for %s was given up as going in circles, and it is forwarded to %s: most likely it comes back from there",
				    address, to);
	return arena_printf(a, "Mail for %s was given up as going in circles, and it is forwarded to several addresses of other servers: from which of them it comes back is not known",
			    address);
}

static void button(const struct facts *f, const struct forward_node *last, enum proof proof,
		   struct finding *x, struct report *r)
{
	if (proof == PROOF_NONE)
		finding_no_fix(r, x, "The “Received” lines of a message that was returned name the hosts that it went round between: give it to relaydoctor explain. Then delete that one forwarder in cPanel, or have the other server forward it elsewhere.");
	else if (last->is_default)
		finding_no_fix(r, x, "Set another default address in cPanel, under Default Address: one that does not lead back to this server.");
	else
		forward_button(r, x, f, last);
}

/* said: of the log; or NULL. */
static void add(const struct check *c, const struct facts *facts, const char *address,
		const char *said, const uint32_t *way, size_t n, enum proof proof,
		struct report *r)
{
	const struct forward_facts *f = &facts->forwarding;
	const struct forward_node *last = &f->nodes[way[n - 2]], *to = &f->nodes[way[n - 1]];
	struct finding *x = report_add(r, c, proof == PROOF_SEEN ? SEV_CRITICAL : SEV_WARNING,
		SUBJECT_FORWARDER, last->name, "%s", text_of(proof, address, to->name, r->arena));

	for (size_t i = 0; i + 1 < n; i++)
		forward_evidence(r, x, f, &f->nodes[way[i]]);
	if (to->far)
		forward_evidence(r, x, f, to);
	if (said)
		finding_evidence(r, x, "exim_mainlog", "%s", said);
	returned(f, to->name, x, r);
	button(facts, last, proof, x, r);
}

static const char *said_of(const struct mail_round *m, struct arena *a)
{
	char when[WHEN_MAX];

	return arena_printf(a, "%u message%s for %s went round within a week, the last at %s: %s",
			    m->count, m->count == 1 ? "" : "s", m->address,
			    when_text(when, m->last), m->text);
}

/* Two addresses may leave by the same line: it stands once. */
static bool told(const struct report *r, const char *subject)
{
	for (const struct finding *x = r->first; x; x = x->next)
		if (x->kind == SUBJECT_FORWARDER && !strcmp(x->subject, subject) &&
		    !strcmp(x->check->id, "forward_loop_outside"))
			return true;
	return false;
}

/* Before any mail was sent. */
static void foretell(const struct check *c, const struct facts *facts,
		     const struct forward_loop *loop, struct report *r)
{
	const struct forward_facts *f = &facts->forwarding;
	const uint32_t *way;
	size_t n = forward_far_round(f, loop, &way, r->arena);
	const struct forward_node *leaves = n ? &f->nodes[way[0]] : NULL;
	struct finding *x;

	if (!n || !forward_concerns(facts, leaves->domain) || told(r, leaves->name))
		return;
	x = report_add(r, c, SEV_WARNING, SUBJECT_FORWARDER, leaves->name,
		"Forwarders of this server and of another one lead in a circle: %s",
		forward_round_text(f, way, n, r->arena));
	for (size_t i = 0; i < n && i < FORWARD_SHOWN; i++)
		forward_evidence(r, x, f, &f->nodes[way[i]]);
	forward_button(r, x, facts, leaves);
}

static void log_is_silent(const struct check *c, const struct facts *f, struct report *r)
{
	const struct source_status *log = &f->source[SOURCE_LOG];

	if (log->state == SOURCE_FAILED)
		finding_evidence(r, report_add(r, c, SEV_UNKNOWN, SUBJECT_SERVER, "exim_mainlog",
				"Whether mail goes round between servers is not known: the log could not be read"),
				 "exim_mainlog", "%s", log->why);
	else if (!f->forwarding.nfar)
		report_not_asked(r, c);
}

/* The address of another server that mail for this one was seen to come back from. */
static const char *comes_back(const struct forward_facts *f, const char *address)
{
	for (size_t i = 0; i < f->nreturns; i++)
		if (!strcmp(f->returns[i].address, address))
			return f->returns[i].to;
	return NULL;
}

/* What the log showed of mail for the address. to: that it comes back from, or NULL. */
static void seen(const struct check *c, const struct facts *f, const struct handlers *h,
		 const char *address, const char *to, const char *said, struct report *r)
{
	const struct forward_facts *g = &f->forwarding;
	uintptr_t at = handler(h, address, r->arena);
	const uint32_t *way;
	size_t others, n = at ? forward_way_out(g, (uint32_t)at - 1, to, &way, &others, r->arena) : 0;
	enum proof proof;

	if (n < 2 || !forward_concerns(f, g->nodes[way[n - 2]].domain) ||
	    told(r, g->nodes[way[n - 2]].name))
		return;
	proof = to || g->nodes[way[n - 1]].far ? PROOF_SEEN : others ? PROOF_NONE : PROOF_LIKELY;
	add(c, f, address, said, way, n, proof, r);
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	const struct forward_facts *g = &f->forwarding;
	struct handlers h = find_lines(g, r->arena);

	if (f->source[SOURCE_LOG].state != SOURCE_OK)
		log_is_silent(c, f, r);
	for (size_t i = 0; i < g->nrounds; i++)
		seen(c, f, &h, g->rounds[i].address, comes_back(g, g->rounds[i].address),
		     said_of(&g->rounds[i], r->arena), r);
	for (size_t i = 0; i < g->nreturns; i++)
		seen(c, f, &h, g->returns[i].address, g->returns[i].to, NULL, r);
	for (size_t i = 0; i < g->nfar; i++)
		foretell(c, f, &g->far[i], r);
}

const struct check check_forward_loop_outside = {
	.id = "forward_loop_outside", .rule = "E01",
	.title = "A forwarder sends mail in a circle through another server",
	.why = "The address is forwarded to another server, and that one sends the mail back here. It goes round until it carries too many “Received” lines, then it is returned to the sender; every round costs both servers a delivery.",
	.who = "the account's owner, or whoever forwards at the other end",
	.ways = WAY_IN,
	.needs = SRC_FORWARDERS,
	.run = run,
	.fix = "hold_forwarder",
};
