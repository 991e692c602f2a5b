#include <string.h>

#include "mail/forward_view.h"
#include "mail/home_view.h"

const char *home_says(const struct forward_facts *f, const struct home_rule *h,
		      struct arena *a)
{
	static const char *const words[] = {
		[FORWARD_ADDRESS] = "sends to", [FORWARD_ACCOUNT] = "sends to the account",
		[FORWARD_PIPE] = "pipes to", [FORWARD_FILE] = "files into",
		[FORWARD_DISCARD] = "throws it away", [FORWARD_REFUSE] = "refuses it",
		[FORWARD_DEFER] = "puts it off", [FORWARD_ODD] = "has what is not judged here:",
	};
	const char *what = h->answers ? "" : forward_target(f, &h->edge);

	return arena_printf(a, "%s%s%s%s%s", h->answers ? "answers by itself" : words[h->edge.kind],
			    *what ? " " : "", what, h->conditional ? ", under a condition" : ", always",
			    h->copy && !h->answers ? ", as a copy" : "");
}

const char *home_kind(const struct home_rule *h)
{
	return home_is_forward(h) ? "The .forward file of" :
		h->anew ? "A Sieve script of" : "A filter of";
}

void home_evidence(struct report *r, struct finding *x, const struct forward_facts *f,
		   const struct home_rule *h)
{
	finding_evidence(r, x, h->file, "line %u: %s", h->line, home_says(f, h, r->arena));
}

const char *home_advice(bool script)
{
	return script ? "Change the rule where the mailbox reads its mail: in webmail under Filters." :
		"Change or delete the filter in cPanel under Email Filters, or the file itself.";
}

/* An account's own mailbox is none that a panel knows filters of. */
bool home_is_switched(const struct facts *f, const struct home_rule *h)
{
	const struct domain *d = facts_domain(f, f->forwarding.nodes[h->from].domain);

	for (size_t i = 0; i < f->forwarding.nown; i++)
		if (f->forwarding.own[i] == h->from)
			return false;
	return d && d->owner && !h->anew && !h->answers && !home_is_forward(h) &&
		h->edge.kind == FORWARD_ADDRESS;
}

bool home_is_forward(const struct home_rule *h)
{
	return strstr(h->file, "/.forward") != NULL;
}
