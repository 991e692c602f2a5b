#include <stdio.h>
#include <string.h>

#include "mail/mx_plan.h"

static const struct mx_host *host_of(const struct domain *d, const char *name)
{
	for (size_t i = 0; i < d->nmx; i++)
		if (!strcmp(d->mx[i].host->name, name))
			return d->mx[i].host;
	return NULL;
}

/* A record that cannot stand: the null MX, an address, an alias, or a host that
 * does not exist. One that did not answer may be as it should be. */
static bool is_at_fault(const struct domain *d, const struct mx_line *line)
{
	const struct mx_host *h = host_of(d, line->host);

	if (!strcmp(line->host, "."))
		return true;
	return h && (h->is_address || h->cname ||
		     (!h->nips && !dns_unanswered(h->a) && !dns_unanswered(h->aaaa)));
}

/* Takes them off the lines; the lowest preference among them, and its TTL, are
 * the new record's. The number of lines left, or -1 without a fault. */
static int drop_faults(const struct domain *d, struct mx_line *lines, size_t n,
		       struct mx_line *new)
{
	size_t left = 0, dropped = 0;

	for (size_t i = 0; i < n; i++) {
		if (!is_at_fault(d, &lines[i])) {
			lines[left++] = lines[i];
			continue;
		}
		if (!dropped++ || lines[i].preference < new->preference)
			*new = lines[i];
	}
	return dropped ? (int)left : -1;
}

static int plan(const struct fix_input *in, struct plan *p, struct err *e)
{
	struct mx_line lines[MX_LINES_MAX], new = { .preference = 0 };
	struct domain *d;
	size_t n;
	int left;

	if (mx_plan_begin(in, &d, lines, &n, e) || mx_plan_exchanger(in, e))
		return -1;
	left = drop_faults(d, lines, n, &new);
	if (left < 0)
		return err_set(e, ERR_STALE, "no MX record of %s needs to be replaced", d->name);
	for (int i = 0; i < left; i++)
		if (!strcmp(lines[i].host, in->exchanger->name))
			return err_set(e, ERR_INPUT, "%s has %s as its MX already",
				       d->name, in->exchanger->name);
	if (mx_plan_preference(in, new.preference, &new.preference, e))
		return -1;
	if (d->null_mx)
		p->confirm = d->name;
	snprintf(new.host, sizeof(new.host), "%s", in->exchanger->name);
	lines[left] = new;
	return mx_plan_end(in, d, lines, (size_t)left + 1, p, e);
}

const struct fix fix_replace_mx = {
	.id = "replace_mx",
	.title = "Replace MX records that cannot work",
	.risk = "Mail for this domain goes to the host that you name instead; the other MX records stay.",
	.params = "exchanger=HOST, preference=NUMBER",
	.edits_zone = true,
	.plan = plan,
};
