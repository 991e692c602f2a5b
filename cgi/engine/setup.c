#include "engine/probe.h"
#include "engine/setup.h"
#include "sources/lists.h"
#include "sources/ports.h"

static int find(const struct facts *f, const char *name, const struct domain **of,
		struct err *e)
{
	const struct source_status *s = &f->source[SOURCE_DOMAINS];

	if (s->state != SOURCE_OK)
		return err_set(e, ERR_UNAVAILABLE, "the domains of this server: %s", s->why);
	*of = facts_domain(f, name);
	if (!*of || !(*of)->owner)
		return err_set(e, ERR_NOT_FOUND, "no account of this server has %s", name);
	if (!(*of)->line[LIST_LOCAL])
		return err_set(e, ERR_NOT_FOUND,
			       "%s is not delivered on this server: its mailboxes are elsewhere, and so is what a mail program needs",
			       name);
	return 0;
}

int setup_look(struct world *w, const char *domain, struct arena *a, struct facts *f,
	       const struct domain **of, struct client_setup *out, struct err *e)
{
	const char *const only[] = { domain, NULL };

	if (ports_look(w, a, f, e))
		return -1;
	lists_gather(w, NULL, 0, only, f, a);
	if (find(f, domain, of, e))
		return -1;
	ports_fetch(w, f, a);
	client_setup_make(f, a, out);
	return 0;
}
