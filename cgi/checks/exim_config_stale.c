#include "core/check.h"
#include "mail/exim_daemon.h"
#include "mail/when.h"

static void evidence(const struct facts *f, struct report *r, struct finding *x)
{
	const struct exim_daemon *d = &f->daemon;
	char when[WHEN_MAX];

	finding_evidence(r, x, f->exim.config_file, "changed on %s",
			 when_text(when, d->changed));
	finding_evidence(r, x, "Exim", "its daemon, process %u, runs since %s", d->pid,
			 when_text(when, d->started));
	if (d->began)
		finding_evidence(r, x, "exim_mainlog", "the last “daemon started”, which a reload writes as well: %s",
				 when_text(when, d->began));
	else
		finding_evidence(r, x, "exim_mainlog", "no “daemon started”, which a reload writes as well");
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	enum exim_config_state state = exim_daemon_judge(&f->daemon, f->now);
	const char *name = f->hostname ? f->hostname : "this server";
	struct finding *x;

	if (state == EXIM_CONFIG_READ)
		return;
	if (state == EXIM_CONFIG_UNREAD)
		x = report_add(r, c, SEV_WARNING, SUBJECT_SERVER, name,
			       "Exim still works by an older configuration than the one on disk");
	else
		x = report_add(r, c, SEV_UNKNOWN, SUBJECT_SERVER, name,
			       "Whether Exim has read its present configuration cannot be seen: the log does not go back to its last change");
	evidence(f, r, x);
	if (state == EXIM_CONFIG_UNKNOWN)
		finding_no_fix(r, x, "Restart Exim: in WHM under Restart Services » Mail Server (Exim), or with whmapi1 restartservice service=exim.");
}

const struct check check_exim_config_stale = {
	.id = "exim_config_stale", .rule = "A00",
	.title = "Exim runs by an older configuration than the one on disk",
	.why = "A change of Exim's configuration counts for the mail server only once its daemon has read it. Until then it takes and refuses mail by the old one, while every look at the file, and Exim's own test commands, show the new one.",
	.who = "the server's administrator",
	.ways = WAY_IN | WAY_OUT,
	.needs = SRC_EXIM | SRC_DAEMON,
	.run = run,
	.fix = "reload_exim",
};
