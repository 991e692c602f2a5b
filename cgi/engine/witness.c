#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mx_text.h"
#include "engine/witness.h"

struct witness {
	const char *fix, *verb;
	/* after is the domain alone. NULL: all agree. */
	const char *(*dissent)(json_object *domain, const char *value);
	int patience_ms;
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

/* ---- set_manual_mx: Exim; the check itself reads the file again ---------- */

static const char *manual_dissent(json_object *domain, const char *value)
{
	(void)value;
	return json_member(domain, "route") ? NULL :
		"Exim did not say where it sends the mail now";
}

/* ----------------------------------------------------------------------- */

static const struct witness witnesses[] = {
	{ "set_routing", "set_routing", routing_dissent, 0 },
	{ "add_mx", "set_mx", mx_dissent, RELOAD_MS },
	{ "replace_mx", "set_mx", mx_dissent, RELOAD_MS },
	{ "drop_manual_mx", "set_manual_mx", manual_dissent, 0 },
};

/* By the plan's fix or by an operation's verb. */
static const struct witness *find(const char *fix, const char *verb)
{
	for (size_t i = 0; i < sizeof(witnesses) / sizeof(*witnesses); i++)
		if ((fix && !strcmp(witnesses[i].fix, fix)) ||
		    (verb && !strcmp(witnesses[i].verb, verb)))
			return &witnesses[i];
	return NULL;
}

json_object *witness_op(json_object *plan, const char *finding, struct err *e)
{
	const struct witness *w = find(json_text(plan, "fix"), NULL);
	json_object *ops = json_member(plan, "ops");
	json_object *op = json_count(ops) == 1 ? json_object_array_get_idx(ops, 0) : NULL;
	const char *colon = strchr(finding, ':');

	if (w && colon && is(plan, "finding", finding) && is(op, "verb", w->verb) &&
	    is(op, "name", colon + 1) && json_text(op, "expect") &&
	    json_text(op, "value"))
		return op;
	err_set(e, ERR_BUG, "the plan for %.200s is not one change of that domain",
		finding);
	return NULL;
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
	const char *why = w ? w->dissent(json_member(after, "domain"),
					 json_text(op, "value")) :
		"nobody can say whether it had its effect";

	if (!why && has_finding(after, finding))
		why = "the finding is still there";
	return why;
}
