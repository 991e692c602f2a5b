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

	for (size_t i = 0; i < f->nrounds; i++) {
		*map_at(&asked, f->rounds[i].address) = a;
		*map_at(&asked, default_of(f->rounds[i].address, a)) = a;
	}
	for (size_t i = 0; i < f->nnodes; i++)
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

static void add(const struct check *c, const struct facts *facts, const struct mail_round *m,
		const uint32_t *way, size_t n, struct report *r)
{
	const struct forward_facts *f = &facts->forwarding;
	const struct forward_node *last = &f->nodes[way[n - 2]];
	struct finding *x = report_add(r, c, SEV_CRITICAL, SUBJECT_FORWARDER, last->name,
		"Mail for %s goes round between this server and another one: it leaves for %s and comes back",
		m->address, f->nodes[way[n - 1]].name);
	char when[WHEN_MAX];

	for (size_t i = 0; i + 1 < n; i++)
		forward_evidence(r, x, f, &f->nodes[way[i]]);
	finding_evidence(r, x, "exim_mainlog", "%u message%s for %s went round within a week, the last at %s: %s",
			 m->count, m->count == 1 ? "" : "s", m->address,
			 when_text(when, m->last), m->text);
	if (last->is_default)
		finding_no_fix(r, x, "Set another default address in cPanel, under Default Address: one that does not lead back to this server.");
	else
		forward_button(r, x, facts, last);
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

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	const struct forward_facts *g = &f->forwarding;
	struct handlers h;

	if (!g->nrounds)
		return;
	h = find_lines(g, r->arena);
	for (size_t i = 0; i < g->nrounds; i++) {
		uintptr_t at = handler(&h, g->rounds[i].address, r->arena);
		const uint32_t *way;
		size_t n = at ? forward_way_out(g, (uint32_t)at - 1, &way, r->arena) : 0;

		if (n > 1 && forward_concerns(f, g->nodes[way[n - 2]].domain) && !told(r, g->nodes[way[n - 2]].name))
			add(c, f, &g->rounds[i], way, n, r);
	}
}

const struct check check_forward_loop_outside = {
	.id = "forward_loop_outside", .rule = "E01",
	.title = "A forwarder sends mail in a circle through another server",
	.why = "The address is forwarded to another server, and that one sends the mail back here. It goes round until it carries too many “Received” lines, then it is returned to the sender; every round costs both servers a delivery.",
	.who = "the account's owner, or whoever forwards at the other end",
	.needs = SRC_FORWARDERS | SRC_LOG,
	.run = run,
	.fix = "hold_forwarder",
};
