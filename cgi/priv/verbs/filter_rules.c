#include "priv/commands.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* The rules of the packet filter as each tool lists them. iptables-save comes in
 * two halves, each of which shows its own rules alone; which one the plain name
 * is, differs between systems. */
static const struct command_row tools[] = {
	{ "ip", { "/usr/sbin/iptables-save", NULL } },
	{ "ip6", { "/usr/sbin/ip6tables-save", NULL } },
	{ "ip_nft", { "/usr/sbin/iptables-nft-save", NULL } },
	{ "ip6_nft", { "/usr/sbin/ip6tables-nft-save", NULL } },
	{ "ip_legacy", { "/usr/sbin/iptables-legacy-save", NULL } },
	{ "ip6_legacy", { "/usr/sbin/ip6tables-legacy-save", NULL } },
	{ "nft", { "/usr/sbin/nft", "-j", "list", "ruleset", NULL } },
};

static int run(struct ask *a, struct err *e)
{
	a->answer = command_row_output(tools, sizeof(tools) / sizeof(*tools), a->q->name, e);
	return a->answer < 0 ? -1 : 0;
}

const struct verb verb_filter_rules = {
	.name = "filter_rules",
	.who = WHO_ROOT | WHO_SCAN,
	.name_ok = valid_filter_tool,
	.expect_ok = valid_nothing,
	.value_ok = valid_nothing,
	.run = run,
};
