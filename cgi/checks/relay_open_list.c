#include <string.h>

#include "core/check.h"
#include "mail/relay_list.h"

/* As many as a provider has customers. */
#define WORLD_V4 16
#define WORLD_V6 32

static bool is_open(const struct relay_net *x)
{
	return !(ip_is_private(&x->net.from) && ip_is_private(&x->net.to)) &&
		x->prefix <= (x->net.from.family == 4 ? WORLD_V4 : WORLD_V6);
}

static void evidence(struct report *r, struct finding *x, const struct relay_net *n)
{
	char ip[IP_TEXT_MAX];

	finding_evidence(r, x, n->path, "line %u: %s", n->line, n->text);
	if (n->proof == RELAY_UNTOLD)
		finding_evidence(r, x, "Exim", "%s", n->why);
	else if (n->tried.family)
		finding_evidence(r, x, "Exim", "asked as if from %s, not logged in: it would take mail for postmaster@example.com, by %s line %u",
				 ip_text(ip, &n->tried), n->acl_file, n->acl_line);
	else
		finding_evidence(r, x, "Exim", "relays by this file: %s line %u, as another line in it has shown",
				 n->acl_file, n->acl_line);
}

#define UNUSED_DAYS 30

/* For how many days nothing came from it without a login, when that is many, and the log
 * saw all of them; else 0. */
static int64_t unused_days(const struct facts *f, const struct relay_net *n)
{
	int64_t since = n->used > f->log_from ? n->used : f->log_from;
	int64_t days = (f->log_to - since) / 86400;

	if (f->source[SOURCE_LOG].state != SOURCE_OK || !f->log_from ||
	    f->relay.use_unsure || n - f->relay.nets >= RELAY_USE_MAX)
		return 0;
	return days < UNUSED_DAYS ? 0 : days;
}

static void use(struct report *r, struct finding *x, const struct facts *f,
		const struct relay_net *n)
{
	int64_t days = unused_days(f, n);

	if (days)
		finding_evidence(r, x, "exim_mainlog", "stale: nobody in it has sent anything without a login for %lld days%s",
				 (long long)days, n->used > f->log_from ? "" :
				 ", as far back as the log was read");
}

/* relayhosts is made by the panel, which would put the line back. */
static bool has_button(const struct relay_net *n)
{
	return n->proof == RELAY_GRANTS && strcmp(n->path, "/etc/relayhosts") != 0;
}

static void add(const struct check *c, const struct facts *f, struct report *r,
		const struct relay_net *n)
{
	const char *subject = arena_printf(r->arena, "%s:%s", strrchr(n->path, '/') + 1, n->text);
	struct finding *x;

	if (n->proof == RELAY_UNTOLD)
		x = report_add(r, c, SEV_UNKNOWN, SUBJECT_SERVER, subject,
			       "Whether the whole network %s may relay here could not be seen", n->text);
	else
		x = report_add(r, c, is_open(n) ? SEV_CRITICAL : SEV_WARNING, SUBJECT_SERVER, subject,
			       "Everybody in the network %s may send mail to the world through this server, without a login",
			       n->text);
	evidence(r, x, n);
	use(r, x, f, n);
	if (has_button(n))
		return;
	finding_no_fix(r, x, "Find out which hosts in it really need this (exim_mainlog shows who sends without A=), give them logins, or list each of these addresses by itself; then take line %u out of %s.",
		       n->line, n->path);
}

/* One address is no danger by itself, but a line that nobody needs becomes somebody
 * else's when the address does. */
static void add_single(const struct check *c, const struct facts *f, struct report *r,
		       const struct relay_net *n)
{
	int64_t days = unused_days(f, n);
	struct finding *x;

	if (!days || n->proof != RELAY_GRANTS || facts_own_address(f, &n->net.from))
		return;
	x = report_add(r, c, SEV_INFO, SUBJECT_SERVER,
		       arena_printf(r->arena, "%s:%s", strrchr(n->path, '/') + 1, n->text),
		       "%s may send to the world through this server without a login, and has not for %lld days",
		       n->text, (long long)days);
	evidence(r, x, n);
	use(r, x, f, n);
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < f->relay.n; i++)
		if (relay_is_single(&f->relay.nets[i]))
			add_single(c, f, r, &f->relay.nets[i]);
		else if (f->relay.nets[i].proof != RELAY_REFUSES)
			add(c, f, r, &f->relay.nets[i]);
}

const struct check check_relay_open_list = {
	.id = "relay_open_list", .rule = "A16",
	.title = "A whole network, or an address unused for a month, may relay without a login",
	.why = "One hacked device anywhere in the network is enough: it sends its spam through this server, whose address then ends on blocklists, and everybody's mail with it.",
	.who = "the server's administrator",
	.ways = WAY_OUT,
	.needs = SRC_EXIM | SRC_RELAY,
	.run = run,
	.fix = "untrust_address",
};
