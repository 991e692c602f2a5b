#include <stdio.h>

#include "mail/mx_plan.h"

static int plan(const struct fix_input *in, struct plan *p, struct err *e)
{
	struct mx_line lines[MX_LINES_MAX];
	struct domain *d;
	size_t n;

	if (mx_plan_begin(in, &d, lines, &n, e) || mx_plan_exchanger(in, e))
		return -1;
	if (n)
		return err_set(e, ERR_STALE, "%s has MX records already", d->name);
	lines[0] = (struct mx_line){ .ttl = MX_PLAN_TTL };
	snprintf(lines[0].host, sizeof(lines[0].host), "%s", in->exchanger->name);
	if (mx_plan_preference(in, 10, &lines[0].preference, e))
		return -1;
	return mx_plan_end(in, d, lines, 1, p, e);
}

const struct fix fix_add_mx = {
	.id = "add_mx",
	.title = "Add an MX record",
	.risk = "All mail for this domain goes to the host that you name, once the record is seen.",
	.params = "exchanger=HOST, preference=NUMBER",
	.edits_zone = true,
	.plan = plan,
};
