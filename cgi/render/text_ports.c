#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/json.h"
#include "render/text.h"
#include "render/text_words.h"

/* ---- our own ports ------------------------------------------------------ */

static void auth(FILE *out, json_object *port)
{
	const char *before = json_text(port, "auth_before_tls");
	const char *within = json_text(port, "auth_within_tls");

	if (before)
		text_say(out, "; AUTH %s without TLS%s", before, within ? " and within it" : "");
	else if (within)
		text_say(out, "; AUTH %s within TLS", within);
	else
		fputs("; no AUTH", out);
}

static void certificate(FILE *out, json_object *c)
{
	bool expired = json_flag(c, "expired") == 1;

	if (!c)
		return;
	text_say(out, "        certificate: %s, %s %s", text_word(c, "name"),
	    expired ? "expired since" : "valid until", text_word(c, "until"));
	putc('\n', out);
}

static void own_port(FILE *out, json_object *p)
{
	json_object *tls = json_member(p, "tls");

	text_say(out, "  %-5" PRId64 " %s  %s", json_number(p, "port", 0), text_word(p, "family"),
	    text_word(p, "verdict"));
	if (!strcmp(text_word(p, "verdict"), "answers")) {
		text_say(out, "; TLS %s", text_word(tls, "state"));
		auth(out, p);
	}
	if (json_text(p, "program"))
		text_say(out, "; %s, pid %" PRId64, text_word(p, "program"),
		    json_number(p, "pid", 0));
	putc('\n', out);
	text_member(out, "        because ", p, "why");
	text_member(out, "        TLS: ", tls, "why");
	text_member(out, "        it says: ", p, "banner");
	certificate(out, json_member(p, "certificate"));
	if (!json_text(p, "bound_to"))
		text_member(out, "        asked for by ", p, "wanted_by");
	if (!json_text(p, "wanted_by"))
		fputs("        Exim's configuration does not ask for it\n", out);
}

void text_ports(FILE *out, json_object *o)
{
	json_object *in = json_member(o, "in");

	text_say(out, "Mail ports of %s, as a program on this server sees them.", text_word(o, "server"));
	fputs(" What a firewall in\nfront of it lets in cannot be seen from here.\n", out);
	for (size_t i = 0; i < json_count(in); i++)
		own_port(out, json_object_array_get_idx(in, i));
	if (!json_count(in))
		fputs("  nothing listens there, and Exim's configuration does not ask for it\n", out);
}

/* ---- connections that go out -------------------------------------------- */

static const char *as_whom(json_object *cell, const char *account)
{
	const char *user = text_word(cell, "user");

	return account && !strcmp(user, "account") ? account : user;
}

/* One line for each user and family, the ports side by side; then a reason for
 * each cell that has one. */
static void matrix(FILE *out, json_object *cells, const char *account)
{
	const char *family = "", *user = "";

	for (size_t i = 0; i < json_count(cells); i++) {
		json_object *c = json_object_array_get_idx(cells, i);

		if (strcmp(family, text_word(c, "family")) || strcmp(user, text_word(c, "user"))) {
			if (i)
				putc('\n', out);
			text_say(out, "  %s as %-10.32s", text_word(c, "family"), as_whom(c, account));
		}
		family = text_word(c, "family");
		user = text_word(c, "user");
		text_say(out, "  %" PRId64 ": %-13s", json_number(c, "port", 0), text_word(c, "verdict"));
	}
	putc('\n', out);
}

static bool same_reason(json_object *a, json_object *b)
{
	return json_number(a, "port", 0) == json_number(b, "port", 0) &&
		!strcmp(text_word(a, "family"), text_word(b, "family")) &&
		!strcmp(text_word(a, "why"), text_word(b, "why")) &&
		json_flag(a, "owner_rule") == json_flag(b, "owner_rule");
}

static bool is_told(json_object *cells, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (same_reason(json_object_array_get_idx(cells, k),
				json_object_array_get_idx(cells, i)))
			return true;
	return false;
}

/* Each reason once, with all the users that it holds for. */
static void reasons(FILE *out, json_object *cells, const char *account)
{
	for (size_t i = 0; i < json_count(cells); i++) {
		json_object *c = json_object_array_get_idx(cells, i);
		const char *before = " as ";

		if (!json_text(c, "why") || is_told(cells, i))
			continue;
		text_say(out, "  port %" PRId64 " over %s", json_number(c, "port", 0),
		    text_word(c, "family"));
		for (size_t k = i; k < json_count(cells); k++) {
			json_object *o = json_object_array_get_idx(cells, k);

			if (!same_reason(c, o))
				continue;
			text_say(out, "%s%s", before, as_whom(o, account));
			before = ", ";
		}
		text_say(out, ": %s%s", text_word(c, "why"), json_flag(c, "owner_rule") == 1 ?
		    "; others on this server get through, so it is a rule by user" : "");
		putc('\n', out);
	}
}

static void out_log(FILE *out, json_object *log)
{
	for (size_t i = 0; i < json_count(log); i++) {
		json_object *o = json_object_array_get_idx(log, i);

		text_say(out, "  %s in the last hour: %" PRId64 " delivered, %" PRId64
		    " timed out, %" PRId64 " refused, %" PRId64 " without a route",
		    text_word(o, "family"), json_number(o, "delivered", 0),
		    json_number(o, "timed_out", 0), json_number(o, "refused", 0),
		    json_number(o, "no_route", 0));
		if (json_text(o, "last_delivered"))
			text_say(out, "; last delivered %s to %s", text_word(o, "last_delivered"),
			    text_word(o, "last_host"));
		putc('\n', out);
	}
}

void text_probe(FILE *out, json_object *o)
{
	json_object *probe = json_member(o, "out"), *cells = json_member(probe, "cells");
	const char *account = json_text(probe, "account");

	text_say(out, "Connections from %s to the mail ports of others, at %s", text_word(o, "server"),
	    text_word(probe, "at"));
	putc('\n', out);
	text_each(out, "  asked: ", json_member(probe, "hosts"));
	matrix(out, cells, account);
	fputs("Why:\n", out);
	reasons(out, cells, account);
	fputs("Port 25 by exim_mainlog:\n", out);
	out_log(out, json_member(o, "log"));
}
