#include <string.h>

#include "base/text.h"
#include "mail/client_setup.h"

struct making {
	const struct facts *f;
	struct arena *arena;
	struct client_setup *out;
};

static void miss(struct making *m, const char *protocol, const struct own_port *o,
		 const char *why)
{
	if (m->out->nmissing < 2 * SETUP_WAYS)
		m->out->missing[m->out->nmissing++] = arena_printf(m->arena,
			"%s on port %u: %s", protocol, o->port, why);
}

static const char *flaw_of(struct making *m, const struct smtp_talk *t)
{
	if (!t->certificate)
		return "no name was seen in its certificate";
	if (t->certificate_until && t->certificate_until < m->f->now)
		return "its certificate has expired";
	if (t->names == TALK_NAMES_US)
		return NULL;
	if (t->names == TALK_NAMES_OTHERS)
		return arena_printf(m->arena, "its certificate is for %s and does not name %s",
				    t->certificate, m->out->host);
	return "whether its certificate names the server is not known";
}

static void add(struct making *m, struct mail_way *ways, size_t *n, const char *protocol,
		const struct own_port *o)
{
	if (*n < SETUP_WAYS)
		ways[(*n)++] = (struct mail_way){
			.protocol = protocol, .port = o->port,
			.tls_first = o->wanted->tls_first,
			.certificate = o->talk.certificate, .flaw = flaw_of(m, &o->talk),
		};
}

/* TLS does not come about there; or NULL. */
static const char *without_tls(const struct own_port *o)
{
	if (!o->listener)
		return "nothing listens there";
	if (o->talk.tls == TALK_TLS_WORKS)
		return NULL;
	if (o->talk.tls_why)
		return o->talk.tls_why;
	return o->talk.why ? o->talk.why : "it offers no TLS, so passwords could be read on the way";
}

static bool takes_passwords(const char *mechanisms)
{
	struct slice rest = slice_of(mechanisms);

	while (rest.n) {
		struct slice word = slice_cut(&rest, ' ');

		if (slice_eq(word, "PLAIN") || slice_eq(word, "LOGIN"))
			return true;
	}
	return false;
}

static void sending(struct making *m, const struct own_port *o)
{
	const char *why = without_tls(o);

	if (!why && o->talk.state != TALK_ANSWERS)
		why = o->talk.why ? o->talk.why : talk_state_name(o->talk.state);
	if (!why && !takes_passwords(o->talk.auth_within))
		why = "it offers no login by password within TLS";
	if (why)
		miss(m, "SMTP", o, why);
	else
		add(m, m->out->out, &m->out->nout, "SMTP", o);
}

/* The usual ones first: 465, 587, then the others as they come. IPv4's row stands
 * before IPv6's and speaks for the port. */
static void all_sending(struct making *m)
{
	static const unsigned usual[] = { 465, 587, 0 };
	const struct port_facts *p = &m->f->ports;

	for (size_t u = 0; u < sizeof(usual) / sizeof(*usual); u++)
		for (size_t i = 0; i < p->nown; i++) {
			const struct own_port *o = &p->own[i];
			bool is_usual = o->port == usual[0] || o->port == usual[1];

			if (o->port != 25 && o->wanted &&
			    (!i || p->own[i - 1].port != o->port) &&
			    (usual[u] ? o->port == usual[u] : !is_usual))
				sending(m, o);
		}
}

static void fetching(struct making *m, const struct own_port *o)
{
	const char *protocol = o->port == 993 ? "IMAP" : "POP3", *why = without_tls(o);

	if (why)
		miss(m, protocol, o, why);
	else
		add(m, m->out->in, &m->out->nin, protocol, o);
}

void client_setup_make(const struct facts *f, struct arena *a, struct client_setup *out)
{
	struct making m = { f, a, out };

	memset(out, 0, sizeof(*out));
	out->host = f->hostname;
	for (size_t i = 0; i < f->ports.nfetch; i++)
		fetching(&m, &f->ports.fetch[i]);
	all_sending(&m);
}

const struct mail_way *mail_way_sound(const struct mail_way *ways, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!ways[i].flaw)
			return &ways[i];
	return NULL;
}
