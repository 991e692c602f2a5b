#include "core/check.h"
#include "mail/ban_view.h"
#include "mail/kernel_log.h"
#include "mail/when.h"

/* Those beyond are counted: nobody reads a thousand of them. */
#define SHOWN 100

/* A network that covers the address is no matter of one click. */
static void settle(struct report *r, struct finding *x, const struct ban *by)
{
	ban_evidence(r, x, by);
	if (!ban_verb(by))
		finding_no_fix(r, x, "%s relaydoctor show %s tells every list that holds it, and why.",
			       ban_advice(r->arena, by), x->subject);
}

static void own(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < f->nown; i++) {
		char text[IP_TEXT_MAX];
		struct ban_verdict v;
		struct finding *x;

		ban_judge(f, &f->own[i], &v);
		if (!v.blocks)
			continue;
		ip_text(text, &f->own[i]);
		x = report_add(r, c, SEV_CRITICAL, SUBJECT_IP, text,
			       "This server's own address %s is blocked here", text);
		settle(r, x, v.blocks);
	}
}

static void client(const struct check *c, const struct facts *f, struct report *r,
		   const struct known_client *k, const struct ban *by)
{
	char ip[IP_TEXT_MAX], when[WHEN_MAX];
	struct finding *x;

	ip_text(ip, &k->ip);
	x = report_add(r, c, SEV_WARNING, SUBJECT_IP, ip,
		       "%s is blocked here, and a customer has sent mail from it", ip);
	settle(r, x, by);
	finding_evidence(r, x, "exim_mainlog", "last accepted with a password at %s: %s",
			 when_text(when, k->last), k->who);
	kernel_evidence_in(r, x, f, &k->ip);
}

/* Somebody may know whose it is though nobody was seen there. */
static void asked(const struct check *c, const struct facts *f, struct report *r)
{
	char ip[IP_TEXT_MAX];
	struct ban_verdict v;

	if (!f->blocking.asked || f->nown || f->blocking.nclients)
		return;
	ban_judge(f, f->blocking.asked, &v);
	if (v.blocks)
		settle(r, report_add(r, c, SEV_INFO, SUBJECT_IP,
				     ip_text(ip, f->blocking.asked),
				     "%s is blocked here, and no customer was seen there lately", ip),
		       v.blocks);
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	size_t n = 0;

	own(c, f, r);
	asked(c, f, r);
	for (size_t i = 0; i < f->blocking.nclients; i++) {
		const struct known_client *k = &f->blocking.clients[i];
		struct ban_verdict v;

		ban_judge(f, &k->ip, &v);
		if (v.blocks && ++n <= SHOWN)
			client(c, f, r, k, v.blocks);
	}
	if (n > SHOWN) {
		struct finding *x = report_add(r, c, SEV_WARNING, SUBJECT_SERVER,
			f->hostname ? f->hostname : "this server",
			"%zu more addresses of customers are blocked here", n - SHOWN);

		finding_no_fix(r, x, "A list that holds so many customers is too wide: look at its largest nets first.");
	}
}

const struct check check_ip_blocked = {
	.id = "ip_blocked", .rule = "B07",
	.title = "A customer's address, or the server's own, is blocked here",
	.why = "Whoever uses that address can neither send nor fetch mail: the program waits, or says that the password is wrong. Only addresses count from which somebody sent mail with a password lately; the many strangers on the lists are what the lists are for.",
	.who = "the server's administrator, with the customer whose password fails",
	.ways = WAY_IN | WAY_OUT,
	.needs = SRC_BANS | SRC_ADDRESSES,
	.run = run,
	.fix = "unblock_address",
};
