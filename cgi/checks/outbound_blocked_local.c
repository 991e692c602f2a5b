#include <stdio.h>

#include "core/check.h"
#include "mail/filter_view.h"
#include "mail/firewalld.h"
#include "mail/kernel_log.h"

static const uint16_t ports[] = { 25, 465, 587 };

/* Port 25 is Exim's way out. The others are a smarthost's and the sites': there
 * only what stops root as well is no rule about users. */
static void ask(const struct facts *f, int family, uint16_t port,
		struct fw_answer *out)
{
	const struct user_class exim = exim_class(f), root = root_class();

	filter_out(f, port == 25 ? &exim : &root, family, port, out);
}

static void blocked(const struct check *c, const struct facts *f, struct report *r, uint16_t port,
		    const bool is[2], const struct fw_answer answer[2])
{
	enum severity sev = port == 465 ? SEV_INFO : port == 25 && is[0] ?
		SEV_CRITICAL : SEV_WARNING;
	const char *by = is[0] && is[1] ? "" : is[0] ? " by IPv4" : " by IPv6";
	struct finding *x;
	char name[8];

	snprintf(name, sizeof(name), "%u", port);
	x = report_add(r, c, sev, SUBJECT_PORT, name, port == 25 ?
		       "This server's own firewall keeps Exim from connecting to port %u of other servers%s" :
		       "This server's own firewall lets nobody here connect to port %u of other servers%s",
		       port, by);
	for (int i = 0; i < 2; i++)
		if (is[i])
			filter_evidence(r, x, i ? 6 : 4, &answer[i]);
	kernel_evidence_out(r, x, f, port);
	if (firewalld_place(f, &answer[!is[0]].by).is)
		finding_no_fix(r, x, "firewalld made this rule, by a policy or a direct rule: firewall-cmd --list-all-policies and --direct --get-all-rules show it. Take it away, or let port %u out before it.", port);
	else
		finding_no_fix(r, x, "Take the rule away, or let port %u out before it.", port);
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	struct finding *doubt = NULL;

	for (size_t p = 0; p < sizeof(ports) / sizeof(*ports); p++) {
		struct fw_answer answer[2];
		bool is[2] = { false, false };

		for (int i = 0; i < 2; i++) {
			int family = i ? 6 : 4;

			/* Of CSF's list csf_tcp_out_missing tells, and better. */
			if (!server_has_family(f, family) || csf_keeps_in(f, family, ports[p]))
				continue;
			ask(f, family, ports[p], &answer[i]);
			is[i] = filter_blocks(&answer[i]);
			if (answer[i].verdict != FW_V_UNKNOWN || ports[p] != 25)
				continue;
			if (!doubt)
				doubt = report_add(r, c, SEV_UNKNOWN, SUBJECT_SERVER,
						   f->hostname ? f->hostname : "this server",
						   "Whether this server's own firewall lets Exim connect to other servers cannot be told");
			filter_evidence(r, doubt, family, &answer[i]);
		}
		if (is[0] || is[1])
			blocked(c, f, r, ports[p], is, answer);
	}
	if (doubt)
		finding_no_fix(r, doubt, "Look at the rule that is named, or try a connection.");
}

const struct check check_outbound_blocked_local = {
	.id = "outbound_blocked_local", .rule = "B02",
	.title = "The server's own firewall keeps mail from going out",
	.why = "Mail to other servers stays in the queue until it is given up and returned. A provider that blocks the port is another matter: this rule stands on the server itself.",
	.who = "the server's administrator",
	.ways = WAY_OUT,
	.needs = SRC_FIREWALL | SRC_ADDRESSES,
	.run = run,
};
