#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/ip.h"
#include "base/json.h"
#include "base/mx_text.h"
#include "engine/witness.h"

struct witness {
	const char *fix, *verb;
	/* after is the domain (or the port) alone. NULL: all agree. */
	const char *(*dissent)(json_object *domain, const char *value);
	int patience_ms;
	/* Of what is the server's, instead of dissent: whether an operation of this
	 * name is what was asked for, and a clause of what is not as it wanted. */
	bool (*is_meant)(json_object *plan, const char *subject, const char *name);
	const char *(*server_dissent)(json_object *server, json_object *op, struct arena *a);
	bool appears;	/* the finding is what the change is to bring about */
	bool stays;	/* the finding is about others, too, and remains */
	/* Instead of dissent: lists that shall not hold the address any more. The
	 * finding may stand, as another may hold it still: each fix is about one. */
	const char *lists[2];
	/* … and of the first one the file that it includes and the operation names;
	 * and the rules, which are made anew, let in whom they let in before. */
	bool included;
	/* Instead of dissent: what Exim says of the address after the ':'. */
	const char *(*relay_dissent)(json_object *answer, json_object *op);
	bool no_rules;	/* the packet filter has no part in it */
	/* The setting by which whoever asked may name another one of what the finding tells,
	 * instead of what it is about. */
	const char *instead;
};

static bool is(json_object *o, const char *key, const char *value)
{
	const char *s = json_text(o, key);

	return s && !strcmp(s, value);
}

/* ---- set_routing: WHM, the files and Exim ----------------------------- */

static bool listed(json_object *domain, const char *file)
{
	json_object *lists = json_member(domain, "lists");

	for (size_t i = 0; i < json_count(lists); i++) {
		json_object *o = json_object_array_get_idx(lists, i);

		if (is(o, "file", file))
			return json_member(o, "line") != NULL;
	}
	return false;
}

static const char *routing_dissent(json_object *domain, const char *value)
{
	json_object *route = json_member(domain, "route");
	bool local = !strcmp(value, "auto") ? is(domain, "detected", "local") :
		!strcmp(value, "local");

	if (!is(domain, "mxcheck", value))
		return "WHM does not show the new setting";
	if (listed(domain, "/etc/localdomains") != local)
		return local ? "/etc/localdomains does not list the domain" :
			"/etc/localdomains still lists the domain";
	if (!route)
		return "Exim did not say where it sends the mail now";
	/* A forwarded mailbox leaves the server without the domain doing so. */
	if (local && is(route, "kind", "remote") && !json_text(route, "asked"))
		return "Exim still sends the mail to another server";
	if (!local && is(route, "kind", "local"))
		return "Exim still delivers the mail on this server";
	return NULL;
}

/* ---- set_mx: the name servers ----------------------------------------- */

#define RELOAD_MS 30000		/* a name server that keeps answers in memory */

/* The value as name servers tell it: without the TTLs. */
static const char *told(char *out, size_t size, const char *value)
{
	struct mx_line lines[MX_LINES_MAX];
	size_t n, used = 0;

	snprintf(out, size, "no MX");
	if (!mx_text_parse(value, lines, &n))
		return "";
	for (size_t i = 0; i < n && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%u %s",
					 i ? ", " : "", lines[i].preference,
					 lines[i].host);
	return out;
}

static bool any_says(json_object *servers, const char *mx)
{
	for (size_t i = 0; i < json_count(servers); i++)
		if (is(json_member(json_object_array_get_idx(servers, i), "says"), "mx", mx))
			return true;
	return false;
}

/* The other servers of the delegation may follow a little later. */
static const char *mx_dissent(json_object *domain, const char *value)
{
	json_object *zone = json_member(domain, "zone");
	char text[512];
	const char *mx = told(text, sizeof(text), value);

	if (!is(json_member(zone, "here"), "mx", mx))
		return "the name server of this server does not show the new MX";
	if (!any_says(json_member(zone, "servers"), mx))
		return "none of the domain's name servers shows the new MX";
	return NULL;
}

/* ---- what one file says: the check itself reads it again, Exim routes ------ */

static const char *file_dissent(json_object *domain, const char *value)
{
	(void)value;
	return json_member(domain, "route") ? NULL :
		"Exim did not say where it sends the mail now";
}

/* ---- what is the server's: the rules as they run now -------------------- */

static bool is_let_in(json_object *row)
{
	return is(row, "verdict", "accepted");
}

/* The row of the list that says the same but for its verdict. */
static json_object *row_like(json_object *list, const char *key, const char *who,
			     json_object *like)
{
	for (size_t i = 0; i < json_count(list); i++) {
		json_object *o = json_object_array_get_idx(list, i);

		if (is(o, key, who) && is(o, "family", json_text(like, "family")) &&
		    json_number(o, "port", 0) == json_number(like, "port", 0))
			return o;
	}
	return NULL;
}

static const char *shut(json_object *row, const char *whom, struct arena *a)
{
	return arena_printf(a, "%s would no longer get to port %lld by %s", whom,
			    (long long)json_number(row, "port", 0), json_text(row, "family"));
}

/* From anyone as before; an address that was asked about has come in just now. */
static const char *ways_dissent(json_object *before, json_object *after, struct arena *a)
{
	json_object *old = json_member(before, "in"), *now = json_member(after, "in");

	for (size_t i = 0; i < json_count(now); i++) {
		json_object *row = json_object_array_get_idx(now, i);
		const char *from = json_text(row, "from");
		json_object *was = row_like(old, "from", "anyone", row);

		if (!from || is_let_in(row) || !was || !is_let_in(was))
			continue;
		return shut(row, strcmp(from, "anyone") ? from : "others", a);
	}
	return json_count(now) ? NULL : "the rules could not be read again";
}

static bool is_account_asked_for(json_object *plan, const char *subject, const char *name)
{
	(void)subject;
	return is(json_member(plan, "params"), "account", name);
}

/* Where root gets out, the account does. */
static const char *exempt_dissent(json_object *server, json_object *op, struct arena *a)
{
	json_object *rows = json_member(server, "out");
	const char *account = json_text(op, "name");
	size_t n = 0;

	for (size_t i = 0; i < json_count(rows); i++) {
		json_object *row = json_object_array_get_idx(rows, i);
		json_object *root = row_like(rows, "user", "root", row);

		if (!is(row, "user", account))
			continue;
		n++;
		if (root && is_let_in(root) && !is_let_in(row))
			return arena_printf(a, "the rules still keep %s from port %lld by %s", account,
					    (long long)json_number(row, "port", 0),
					    json_text(row, "family"));
	}
	return n ? NULL : "this system does not know the account's user";
}

static bool is_port_asked_for(json_object *plan, const char *subject, const char *name)
{
	size_t n = strlen(subject);
	bool in = is(plan, "check", "port_in_filtered");

	return !strncmp(name, subject, n) && !strcmp(name + n, in ? " in" : " out");
}

/* "25 in public": the zone is the scan's to say. */
static bool is_zones_port(json_object *plan, const char *subject, const char *name)
{
	size_t n = strlen(subject);

	return is(plan, "check", "port_in_filtered") && !strncmp(name, subject, n) &&
		!strncmp(name + n, " in ", 4);
}

static bool is_the_server(json_object *plan, const char *subject, const char *name)
{
	(void)plan;
	(void)subject;
	return !strcmp(name, "server");
}

/* ---- start_listener: a conversation with the port ------------------------ */

#define START_MS 15000

static const char *listener_dissent(json_object *listener, const char *value)
{
	const char *why = json_text(listener, "why");

	(void)value;
	if (is(listener, "verdict", "answers"))
		return NULL;
	return why ? why : "the port does not answer as a mail server";
}

/* ---- unblock_*: the list that was read anew ------------------------------ */

static bool single(json_object *entry)
{
	struct ip ip;
	const char *net = json_text(entry, "net");

	return net && ip_parse(&ip, net);
}

/* "/etc/csf/x: line 2: …" is about that file, another value about the list's own. */
static bool is_of_file(json_object *entry, const char *expect)
{
	const char *file = json_text(entry, "file");
	size_t n = file ? strlen(file) : 0;

	return expect ? file && !strncmp(expect, file, n) && expect[n] == ':' : !file;
}

/* Other lists may hold it still: the change is about one. */
static const char *held_by(json_object *address, const char *list, const char *expect)
{
	json_object *entries = json_member(address, "entries");
	json_object *unread = json_member(address, "unread");

	if (!entries)
		return "the lists could not be read again";
	for (size_t i = 0; i < json_count(entries); i++) {
		json_object *o = json_object_array_get_idx(entries, i);

		if (is(o, "list", list) && single(o) && is_of_file(o, expect))
			return "the list still holds the address";
	}
	for (size_t i = 0; i < json_count(unread); i++)
		if (is(json_object_array_get_idx(unread, i), "list", list) &&
		    json_flag(json_object_array_get_idx(unread, i), "part") != 1)
			return "the list could not be read again";
	return NULL;
}

static const char *lists_dissent(json_object *address, const struct witness *w, json_object *op)
{
	const char *why = held_by(address, w->lists[0], w->included ? json_text(op, "expect") : NULL);

	return why || !w->lists[1] ? why : held_by(address, w->lists[1], NULL);
}

static bool is_the_subject(json_object *plan, const char *subject, const char *name)
{
	(void)plan;
	return !strcmp(name, subject);
}

/* ---- trust_address: Exim, asked as that client -------------------------------- */

/* "trustedmailhosts:203.0.113.9": the list, without its folder, and the client. */
static bool is_the_client(json_object *plan, const char *subject, const char *name)
{
	const char *colon = strchr(name, ':');
	struct ip ip, asked;
	const char *address = json_text(json_member(plan, "params"), "address");

	(void)subject;
	return colon && address && ip_parse(&ip, colon + 1) && ip_parse(&asked, address) &&
		ip_equal(&ip, &asked);
}

static bool ends_with_list(const char *item, const char *name)
{
	size_t n = strcspn(name, ":"), length = item ? strlen(item) : 0;

	return length > n && item[length - n - 1] == '/' && !strncmp(item + length - n, name, n);
}

static const char *client_dissent(json_object *answer, json_object *op)
{
	json_object *all = json_member(answer, "recipients");
	json_object *one = json_count(all) == 1 ? json_object_array_get_idx(all, 0) : NULL;

	if (!one)
		return "Exim did not say whether it relays for the address now";
	if (json_flag(answer, "accepted") != 1)
		return "Exim still does not relay for the address";
	if (!is(one, "because", "address") ||
	    !ends_with_list(json_text(json_member(one, "decided_by"), "list"), json_text(op, "name")))
		return "Exim relays for the address now, but not by this list";
	return NULL;
}

/* ----------------------------------------------------------------------- */

static const struct witness witnesses[] = {
	{ .fix = "set_routing", .verb = "set_routing", .dissent = routing_dissent },
	{ .fix = "add_mx", .verb = "set_mx", .dissent = mx_dissent, .patience_ms = RELOAD_MS },
	{ .fix = "replace_mx", .verb = "set_mx", .dissent = mx_dissent,
	  .patience_ms = RELOAD_MS },
	{ .fix = "drop_manual_mx", .verb = "set_manual_mx", .dissent = file_dissent },
	{ .fix = "exempt_account", .verb = "set_csf_user", .is_meant = is_account_asked_for,
	  .server_dissent = exempt_dissent, .stays = true },
	{ .fix = "set_restrictions", .verb = "lift_restrictions", .is_meant = is_the_server },
	{ .fix = "set_restrictions", .verb = "set_restrictions", .is_meant = is_the_server,
	  .appears = true },
	{ .fix = "one_restriction_owner", .verb = "set_restrictions", .is_meant = is_the_server },
	{ .fix = "repair_restrictions", .verb = "set_restrictions", .is_meant = is_the_server },
	{ .fix = "reload_exim", .verb = "reload_exim", .is_meant = is_the_server,
	  .no_rules = true },
	{ .fix = "remove_frozen", .verb = "remove_frozen", .is_meant = is_the_subject,
	  .no_rules = true },
	{ .fix = "untrust_address", .verb = "set_relay_net", .is_meant = is_the_subject,
	  .no_rules = true },
	{ .fix = "trust_address", .verb = "trust_address", .is_meant = is_the_client,
	  .relay_dissent = client_dissent },
	{ .fix = "open_port", .verb = "set_csf_port", .is_meant = is_port_asked_for },
	{ .fix = "open_port", .verb = "set_firewalld_port", .is_meant = is_zones_port },
	{ .fix = "enable_listener", .verb = "start_listener", .dissent = listener_dissent,
	  .patience_ms = START_MS },
	{ .fix = "unblock_address", .verb = "unblock_deny",
	  .lists = { "/etc/csf/csf.deny" } },
	{ .fix = "unblock_address", .verb = "unblock_included",
	  .lists = { "/etc/csf/csf.deny" }, .included = true },
	{ .fix = "unblock_address", .verb = "unblock_temporary",
	  .lists = { "/var/lib/csf/csf.tempban" } },
	{ .fix = "unblock_address", .verb = "unblock_spammers",
	  .lists = { "/etc/spammeripblocks" } },
	{ .fix = "unblock_address", .verb = "unblock_hulk",
	  .lists = { "cPHulk: blocked addresses", "cPHulk: one-day blocks" } },
	{ .fix = "unblock_address", .verb = "unblock_black",
	  .lists = { "cPHulk: blacklist" } },
	{ .fix = "hold_forwarder", .verb = "set_forwarder", .dissent = file_dissent,
	  .instead = "forwarder" },
	{ .fix = "hold_forwarder", .verb = "set_filter", .dissent = file_dissent },
	{ .fix = "default_address_fail", .verb = "set_default_address", .dissent = file_dissent },
	{ .fix = "drop_domain_forward", .verb = "set_domain_forward", .dissent = file_dissent },
};

/* By an operation's verb, and the plan's fix where it is given. */
static const struct witness *find(const char *fix, const char *verb)
{
	for (size_t i = 0; verb && i < sizeof(witnesses) / sizeof(*witnesses); i++)
		if ((!fix || !strcmp(witnesses[i].fix, fix)) &&
		    !strcmp(witnesses[i].verb, verb))
			return &witnesses[i];
	return NULL;
}

static bool is_named(const struct witness *w, json_object *plan, json_object *op,
		     const char *subject)
{
	const char *name = json_text(op, "name");
	const char *instead = w->instead ? json_text(json_member(plan, "params"), w->instead) : NULL;

	if (instead)
		return name && !strcmp(name, instead);
	return name && (w->is_meant ? w->is_meant(plan, subject, name) :
			!strcmp(name, subject));
}

json_object *witness_op(json_object *plan, const char *finding, struct err *e)
{
	json_object *ops = json_member(plan, "ops");
	json_object *op = json_count(ops) == 1 ? json_object_array_get_idx(ops, 0) : NULL;
	const char *colon = strchr(finding, ':'), *fix = json_text(plan, "fix");
	const struct witness *w = fix ? find(fix, json_text(op, "verb")) : NULL;

	if (w && colon && is(plan, "finding", finding) &&
	    is_named(w, plan, op, colon + 1) && json_text(op, "expect") &&
	    json_text(op, "value"))
		return op;
	err_set(e, ERR_BUG, "the plan for %.200s is not one change of what it is about",
		finding);
	return NULL;
}

bool witness_is_setting(const char *verb)
{
	return verb && !strcmp(verb, "set_own");
}

bool witness_of_server(const char *verb)
{
	const struct witness *w = find(NULL, verb);

	return w && w->is_meant && !w->relay_dissent;
}

const char *witness_client(const char *verb, const char *name)
{
	const struct witness *w = find(NULL, verb);
	const char *colon = w && w->relay_dissent ? strchr(name, ':') : NULL;

	return colon ? colon + 1 : NULL;
}

bool witness_of_rules(const char *verb)
{
	const struct witness *w = find(NULL, verb);

	return witness_of_server(verb) && !w->no_rules;
}

bool witness_of_ways(const char *verb)
{
	const struct witness *w = find(NULL, verb);

	return w && w->included;
}

const char *witness_ways_dissent(json_object *plan, json_object *after, struct arena *a)
{
	return ways_dissent(json_member(plan, "server"), json_member(after, "server"), a);
}

int witness_patience_ms(json_object *op)
{
	const struct witness *w = find(NULL, json_text(op, "verb"));

	return w ? w->patience_ms : 0;
}

static bool has_finding(json_object *look, const char *id)
{
	json_object *list = json_member(look, "findings");

	for (size_t i = 0; i < json_count(list); i++)
		if (is(json_object_array_get_idx(list, i), "id", id))
			return true;
	return false;
}

const char *witness_dissent(json_object *after, const char *finding,
			    json_object *op)
{
	const struct witness *w = find(NULL, json_text(op, "verb"));
	json_object *subject = json_member(after, "domain");
	const char *why;

	if (!w)
		return "nobody can say whether it had its effect";
	if (w->relay_dissent)
		return w->relay_dissent(after, op);
	if (!w->dissent)
		return lists_dissent(json_member(after, "address"), w, op);
	why = w->dissent(subject ? subject : json_member(after, "listener"),
			 json_text(op, "value"));
	if (!why && has_finding(after, finding))
		why = "the finding is still there";
	return why;
}

const char *witness_server_dissent(json_object *plan, json_object *after,
				   json_object *op, struct arena *a)
{
	const struct witness *w = find(json_text(plan, "fix"), json_text(op, "verb"));
	json_object *server = json_member(after, "server");
	const char *why = w->no_rules ? NULL :
		ways_dissent(json_member(plan, "server"), server, a);

	if (!why && w->server_dissent)
		why = w->server_dissent(server, op, a);
	if (!why && !w->stays && w->appears != has_finding(after, json_text(plan, "finding")))
		why = w->appears ? "the rules let the sites' programs out all the same" :
			"the finding is still there";
	return why;
}
