#include <string.h>

#include "base/json.h"
#include "render/view_setup.h"

#define SHEET_MAX 16384

static const char *security(const struct mail_way *way)
{
	return way->tls_first ? "SSL/TLS" : "STARTTLS";
}

static json_object *view_ways(const struct mail_way *ways, size_t n)
{
	json_object *list = json_object_new_array();

	for (size_t i = 0; i < n; i++) {
		json_object *o = json_object_new_object();

		json_put_text(o, "protocol", ways[i].protocol);
		json_put_number(o, "port", ways[i].port);
		json_put_text(o, "security", security(&ways[i]));
		json_put_text(o, "certificate", ways[i].certificate);
		json_put_text(o, "flaw", ways[i].flaw);
		json_object_array_add(list, o);
	}
	return list;
}

static const char *why_not(const struct client_setup *s)
{
	if (!s->host)
		return "the server's own name is not known";
	if (!mail_way_sound(s->in, s->nin))
		return "no port was seen where a mail program can fetch mail within TLS and without a warning";
	if (!mail_way_sound(s->out, s->nout))
		return "no port was seen where a mail program can log in and send within TLS and without a warning";
	return NULL;
}

/* ---- the sheet ------------------------------------------------------------ */

static void put_ways(struct buf *b, const char *which, const char *host,
		     const struct mail_way *ways, size_t n, const char *login)
{
	if (!n)
		buf_printf(b, "%s server: not known\n", which);
	for (size_t i = 0; i < n; i++) {
		buf_printf(b, "%s server (%s): %s, port %u, %s%s\n", which,
			   ways[i].protocol, host, ways[i].port, security(&ways[i]), login);
		if (ways[i].flaw)
			buf_printf(b, "    The mail program may warn or refuse: %s.\n",
				   ways[i].flaw);
	}
}

static void put_sheet(json_object *o, const struct client_setup *s)
{
	struct buf b = BUF_INIT(SHEET_MAX);
	const char *host = s->host ? s->host : "(the server's name is not known)";

	buf_printf(&b, "User name: %s (the whole mail address)\n", json_text(o, "user"));
	buf_puts(&b, "Password: that of the mailbox\n");
	put_ways(&b, "Incoming", host, s->in, s->nin, "");
	put_ways(&b, "Outgoing", host, s->out, s->nout,
		 ", with a login: the same user name and password");
	json_put_text(o, "sheet", b.data);
	buf_free(&b);
}

static void put_user(json_object *o, const char *mailbox, const char *domain)
{
	struct buf b = BUF_INIT(512);

	buf_printf(&b, "%s@%s", mailbox ? mailbox : "name", domain);
	json_put_text(o, "user", b.data);
	buf_free(&b);
}

json_object *view_setup(const struct client_setup *s, const struct domain *d,
			const char *mailbox)
{
	json_object *o = json_object_new_object(), *missing = json_object_new_array();
	const char *why = why_not(s);

	json_put_text(o, "schema", "relaydoctor/1");
	json_put_text(o, "domain", d->name);
	json_put_text(o, "mailbox", mailbox);
	json_put_text(o, "reseller", d->reseller);
	put_user(o, mailbox, d->name);
	json_put_text(o, "host", s->host);
	json_put_flag(o, "ready", !why);
	json_put_text(o, "why", why);
	json_object_object_add(o, "incoming", view_ways(s->in, s->nin));
	json_object_object_add(o, "outgoing", view_ways(s->out, s->nout));
	for (size_t i = 0; i < s->nmissing; i++)
		json_object_array_add(missing, json_new_text(s->missing[i]));
	json_object_object_add(o, "missing", missing);
	put_sheet(o, s);
	return o;
}
