#include <stdio.h>

#include "core/check.h"
#include "mail/filter_view.h"
#include "mail/kernel_log.h"

/* 465 is missing in CSF as it is installed: worth knowing, not alarming. */
static const struct {
	uint16_t port;
	enum severity severity;
	const char *so;
} ports[] = {
	{ 25, SEV_CRITICAL, "no mail can leave this server" },
	{ 587, SEV_WARNING, "neither a smarthost nor a site can use it" },
	{ 465, SEV_INFO, "a site that sends by an outside provider on it is refused" },
};

/* The rules as they run let it out all the same: csf.conf was changed since. */
static bool still_open(const struct facts *f, uint16_t port)
{
	const struct user_class root = root_class();
	struct fw_answer answer;

	if (f->source[SOURCE_FIREWALL].state != SOURCE_OK)
		return false;
	filter_out(f, &root, 4, port, &answer);
	return answer.verdict == FW_V_ACCEPTED;
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++) {
		bool v4 = csf_keeps_in(f, 4, ports[i].port);
		bool v6 = csf_keeps_in(f, 6, ports[i].port);
		bool open = v4 && still_open(f, ports[i].port);
		const char *lists = v4 && v6 ? "TCP_OUT and TCP6_OUT" :
			v4 ? "TCP_OUT" : "TCP6_OUT";
		enum severity sev = ports[i].severity;
		struct finding *x;
		char name[8];

		if (!v4 && !v6)
			continue;
		if (sev == SEV_CRITICAL && (!v4 || open))
			sev = SEV_WARNING;
		snprintf(name, sizeof(name), "%u", ports[i].port);
		x = report_add(r, c, sev, SUBJECT_PORT, name,
			       "CSF does not let port %u out (%s): %s", ports[i].port, lists,
			       ports[i].so);
		if (v4)
			finding_evidence(r, x, "/etc/csf/csf.conf", "TCP_OUT does not list %u", ports[i].port);
		if (v6)
			finding_evidence(r, x, "/etc/csf/csf.conf", "TCP6_OUT does not list %u", ports[i].port);
		kernel_evidence_out(r, x, f, ports[i].port);
		if (open)
			finding_evidence(r, x, "firewall", "the rules that run now still let it out; the next csf -r will not");
	}
}

const struct check check_csf_tcp_out_missing = {
	.id = "csf_tcp_out_missing", .rule = "B06",
	.title = "CSF does not let a mail port out",
	.why = "Connections to that port of other servers are refused for everybody on this server, root included. The kernel log shows them with the same words as SMTP_BLOCK.",
	.who = "the server's administrator",
	.ways = WAY_OUT,
	.needs = SRC_CSF | SRC_ADDRESSES,
	.run = run,
	.fix = "open_port",
};
