#include <string.h>

#include "base/map.h"
#include "mail/filter_view.h"
#include "mail/packet_walk.h"

/* No rule can name it: (uid_t)-1 is no user, and one less is nobody's. */
#define SOME_USER 4294967293u

/* cPanel's numbers, where passwd cannot be read. */
#define MAILNULL_UID 47
#define MAIL_GID 12

struct user_class root_class(void)
{
	return (struct user_class){ .name = "root" };
}

struct user_class exim_class(const struct facts *f)
{
	static const char *const others[] = { "exim", "Debian-exim" };
	const struct system_user *u = blocking_user(&f->blocking, "mailnull");
	/* The user mail has the group mail for its own, everywhere. */
	const struct system_user *mail = blocking_user(&f->blocking, "mail");

	if (u)
		return (struct user_class){ "Exim", u->uid, mail ? mail->gid : MAIL_GID, 0 };
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		u = blocking_user(&f->blocking, others[i]);
		if (u)
			return (struct user_class){ "Exim", u->uid, u->gid, 0 };
	}
	return (struct user_class){ "Exim", MAILNULL_UID, MAIL_GID, 0 };
}

/* ---- accounts, told apart as the rules do ------------------------------- */

static uint64_t mix(uint64_t h, const struct fw_match *m, uint32_t id)
{
	bool in = false;

	for (size_t i = 0; i < m->n; i++)
		in |= id >= m->ranges[i].from && id <= m->ranges[i].to;
	return (h ^ (in ? 2 : 1)) * 0x100000001b3u;
}

/* Equal for two users of whom every rule thinks the same. */
static uint64_t signature(const struct fw_match *const *owners, size_t n,
			  const struct system_user *u)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < n; i++)
		h = mix(h, owners[i], owners[i]->field == FW_UID ? u->uid : u->gid);
	return h;
}

static size_t owner_matches(const struct fw_ruleset *r, struct arena *a,
			    const struct fw_match ***out)
{
	const struct fw_match **found = NULL;
	size_t n = 0, cap = 0;

	for (const struct fw_chain *c = r->chains; c; c = c->next)
		for (size_t i = 0; i < c->nrules; i++)
			for (const struct fw_match *m = c->rules[i].match; m; m = m->next) {
				if (m->field != FW_UID && m->field != FW_GID)
					continue;
				found = arena_grow(a, found, n, &cap, sizeof(*found));
				found[n++] = m;
			}
	*out = found;
	return n;
}

static void put_class(struct user_class out[USER_CLASSES_MAX],
		      uint64_t signatures[USER_CLASSES_MAX], size_t *n,
		      uint64_t is, const struct system_user *u)
{
	size_t i = 0;

	while (i < *n && signatures[i] != is)
		i++;
	if (i == USER_CLASSES_MAX)
		return;
	if (i == *n) {
		out[i] = (struct user_class){ u->name, u->uid, u->gid, 0 };
		signatures[(*n)++] = is;
	}
	out[i].n++;
}

size_t account_classes(const struct facts *f, struct arena *a,
		       struct user_class out[USER_CLASSES_MAX])
{
	uint64_t signatures[USER_CLASSES_MAX];
	struct map seen = MAP_INIT(a, 0);
	const struct fw_match **owners;
	size_t n = 0, nowners = owner_matches(&f->blocking.rules, a, &owners);

	for (size_t i = 0; i < f->ndomains; i++) {
		const char *name = f->domains[i].owner;
		const struct system_user *u = name ? blocking_user(&f->blocking, name) : NULL;

		if (!u || map_get(&seen, name))
			continue;
		*map_at(&seen, name) = (void *)(uintptr_t)name;
		put_class(out, signatures, &n, signature(owners, nowners, u), u);
	}
	if (!n)
		out[n++] = (struct user_class){ "any other user", SOME_USER, SOME_USER, 0 };
	return n;
}

/* ---- questions ---------------------------------------------------------- */

void filter_out(const struct facts *f, const struct user_class *u, int family,
		uint16_t port, struct fw_answer *out)
{
	const struct fw_packet p = {
		.out = true, .anyone = true, .dst = { .family = (unsigned char)family },
		.dport = port, .uid = u->uid, .gid = u->gid,
	};

	packet_walk(&f->blocking.rules, &p, out);
}

void filter_in(const struct facts *f, int family, uint16_t port,
	       struct fw_answer *out)
{
	const struct fw_packet p = {
		.anyone = true, .src = { .family = (unsigned char)family }, .dport = port,
	};

	packet_walk(&f->blocking.rules, &p, out);
}

bool filter_blocks(const struct fw_answer *x)
{
	return x->verdict == FW_V_DROPPED || x->verdict == FW_V_REJECTED;
}

bool server_has_family(const struct facts *f, int family)
{
	for (size_t i = 0; i < f->nown; i++)
		if (f->own[i].family == family &&
		    (family == 4 || !ip_is_private(&f->own[i])))
			return true;
	return false;
}

bool csf_is_active(const struct facts *f)
{
	return f->source[SOURCE_CSF].state == SOURCE_OK && !f->blocking.csf.disabled;
}

bool csf_keeps_in(const struct facts *f, int family, uint16_t port)
{
	const struct csf_facts *csf = &f->blocking.csf;
	const struct port_list *l = &csf->ports[family == 4 ? CSF_TCP_OUT : CSF_TCP6_OUT];

	return csf_is_active(f) && (family == 4 || csf->ipv6) && l->known &&
		!port_listed(l, port) &&
		!(csf->smtp_block && port_listed(&csf->ports[CSF_SMTP_PORTS], port));
}

/* ---- evidence ----------------------------------------------------------- */

static void place(struct report *r, struct finding *x, int family,
		  const struct fw_place *p)
{
	const struct fw_chain *c = p->chain;
	const char *source;

	source = arena_printf(r->arena, "%s, IPv%d, %s %s", fw_origin_name(c->origin),
			      family, c->table, c->name);
	if (p->rule)
		finding_evidence(r, x, source, "%s", p->rule->text);
	else
		finding_evidence(r, x, source, "the policy %s what no rule decides",
				 c->drops ? "drops" : "accepts");
}

void filter_evidence(struct report *r, struct finding *x, int family,
		     const struct fw_answer *answer)
{
	if (answer->why && !answer->by.chain)
		finding_evidence(r, x, "firewall", "IPv%d: %s", family, answer->why);
	if (answer->by.chain)
		place(r, x, family, &answer->by);
	if (answer->by.chain && answer->why)
		finding_evidence(r, x, "firewall", "IPv%d: %s", family, answer->why);
	if (answer->via.rule && answer->via.rule != answer->by.rule)
		place(r, x, family, &answer->via);
	if (answer->except.chain)
		place(r, x, family, &answer->except);
}
