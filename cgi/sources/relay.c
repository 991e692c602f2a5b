#include <stdio.h>
#include <string.h>

#include "mail/exim_daemon.h"
#include "mail/exim_list.h"
#include "sources/exim.h"
#include "sources/relay.h"

static bool is_link_local(const struct ip *ip)
{
	return ip->family == 6 ? ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80 :
		ip->bytes[0] == 169 && ip->bytes[1] == 254;
}

/* The interface that a client of that family reaches: a public address, else one
 * behind NAT; loopback for loopback. */
static int choose_server(struct world *w, const struct ip *client, struct arena *a,
			 struct ip *out, bool *own, struct err *e)
{
	struct ip *all;
	size_t n;
	int best = 0;

	if (!w->ops->addresses || !w->ops->command)
		return err_set(e, ERR_INPUT, "there is no Exim in this world that could be asked");
	if (w->ops->addresses(w, a, &all, &n, e))
		return -1;
	*own = ip_is_loopback(client);
	for (size_t i = 0; i < n; i++) {
		const struct ip *ip = &all[i];
		int rank = ip_is_loopback(ip) != ip_is_loopback(client) ? 0 :
			is_link_local(ip) ? 0 : ip_is_private(ip) ? 1 : 2;

		*own |= ip_equal(ip, client);
		if (ip->family == client->family && rank > best) {
			best = rank;
			*out = *ip;
		}
	}
	return best ? 0 : err_set(e, ERR_INPUT,
				  "this server has no address that an IPv%d client could connect to",
				  client->family);
}

static int options(struct world *w, const char *user, struct arena *a,
		   const char **authenticator, const char **rcpt_acl, struct err *e)
{
	struct slice bp;
	char *text;

	if (w->ops->command(w, WORLD_EXIM_BP, NULL, NULL, a, &text, &bp.n, e))
		return -1;
	bp.p = text;
	*rcpt_acl = exim_option(bp, "acl_smtp_rcpt", a);
	*authenticator = exim_authenticator(bp, a);
	if (user && !*authenticator)
		return err_set(e, ERR_INPUT, "Exim has no authenticator for a name and a password, so nobody can log in");
	return 0;
}

static int session(struct world *w, const struct relay_wish *wish,
		   const struct ip *server, const char *authenticator,
		   struct arena *a, struct slice *out, struct err *e)
{
	char client[IP_TEXT_MAX], here[IP_TEXT_MAX];
	const char *envelope = *wish->sender ? wish->sender : "<>", *who;
	char *text;

	for (size_t i = 0; i < wish->n; i++)
		envelope = arena_printf(a, "%s %s", envelope, wish->recipients[i]);
	who = arena_printf(a, "%s %s %u %s %s", ip_text(client, &wish->client),
			   ip_text(here, server), wish->port,
			   wish->user ? authenticator : "-", wish->user ? wish->user : "-");
	if (strlen(envelope) > WORLD_BT_MORE || strlen(who) > 255)
		return err_set(e, ERR_LIMIT, "too many or too long addresses for one session");
	if (!w->ops->command(w, WORLD_EXIM_BH, who, envelope, a, &text, &out->n, e)) {
		out->p = text;
		return 0;
	}
	return e->code != ERR_INPUT ? -1 : err_set(e, ERR_INPUT,
		"the user or one of the addresses is not of the plain form that Exim may be asked about: name@domain, without quotes and blanks");
}

static int check_wish(const struct relay_wish *wish, struct err *e)
{
	if (!wish->port || wish->port > 65535)
		return err_set(e, ERR_INPUT, "there is no port %u", wish->port);
	if (!wish->sender)
		return err_set(e, ERR_INPUT, "say whom the mail comes from; '' is the null sender of bounces");
	if (!wish->n || wish->n > BH_RECIPIENTS_MAX)
		return err_set(e, ERR_INPUT, "say whom the mail is for: 1 to %d addresses",
			       BH_RECIPIENTS_MAX);
	return 0;
}

int relay_ask_file(struct world *w, const struct relay_wish *wish, struct arena *a,
		   struct relay_answer *out, struct err *e)
{
	const char *authenticator, *rcpt_acl;
	struct slice text;
	bool own = false;

	memset(out, 0, sizeof(*out));
	if (check_wish(wish, e) || choose_server(w, &wish->client, a, &out->server, &own, e) ||
	    options(w, wish->user, a, &authenticator, &rcpt_acl, e) ||
	    session(w, wish, &out->server, authenticator, a, &text, e))
		return -1;
	exim_bh_read(text, wish->n, rcpt_acl, a, &out->session);
	if (!out->session.whole)
		return err_set(e, ERR_UNAVAILABLE, "Exim broke the session off before all was answered: %s",
			       out->session.log ? out->session.log : "it does not say why");
	out->limit[RELAY_LOOPBACK] = own;
	out->limit[RELAY_IPV6] = wish->client.family == 6;
	out->limit[RELAY_LOGIN] = wish->user != NULL;
	out->limit[RELAY_TLS] = out->session.encrypted;
	out->limit[RELAY_RATE] = out->session.ratelimit;
	out->limit[RELAY_CALLOUT] = out->session.callout;
	return 0;
}

/* Without the patience of a scan: a file that was changed just now counts. */
static bool is_stale(struct world *w, struct arena *a)
{
	struct facts *f = arena_zalloc(a, sizeof(*f));

	exim_gather(w, f, a);
	exim_daemon_gather(w, f, a);
	return exim_daemon_judge(&f->daemon, INT64_MAX) != EXIM_CONFIG_READ;
}

int relay_ask(struct world *w, const struct relay_wish *wish, struct arena *a,
	      struct relay_answer *out, struct err *e)
{
	if (relay_ask_file(w, wish, a, out, e))
		return -1;
	out->limit[RELAY_STALE] = is_stale(w, a);
	return 0;
}
