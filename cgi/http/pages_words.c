#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/ip.h"
#include "base/json.h"
#include "engine/witness.h"
#include "http/pages_words.h"
#include "render/view.h"

#define DEPTH_MAX 16

struct word {
	const char *value, *label;	/* value NULL ends a list */
};

/* As cPanel and WHM call the settings on their Email Routing page. */
static const struct word routing[] = {
	{ "auto", "Automatically detect" },
	{ "local", "Local mail exchanger (delivered on this server)" },
	{ "secondary", "Backup mail exchanger (kept here until the main server takes it)" },
	{ "remote", "Remote mail exchanger (sent to another server)" },
	{ "yes", "Yes" },
	{ ":fail:", "Refused (:fail:)" },
	{ "absent", "Not there" },
	{ "set", "There" },
	{ NULL, NULL }
};

static const struct word param[] = {
	{ "value", "Set Email Routing to" },
	{ "exchanger", "Mail server: the name of a host" },
	{ "preference", "Preference: lower numbers come first" },
	{ "gateway", "Do it although a mail gateway stands in front of this server" },
	{ "owner", "Who shall restrict the sites" },
	{ "account", "Account whose programs may connect by themselves" },
	{ "target", "Take this target away" },
	{ "forwarder", "Take away the forwarder of another address of the circle" },
	{ "address", "The one address that may send without a login" },
	{ "days", "For how many days (1 to 90; 30 if nothing is said)" },
	{ NULL, NULL }
};

static const struct word severity[] = {
	{ "critical", "Critical" }, { "warning", "Warning" },
	{ "unknown", "Not known" }, { "info", "For information" },
	{ NULL, NULL }
};

static const struct word kind[] = {
	{ "local", "Delivered on this server" },
	{ "remote", "Sent to another server" },
	{ "fail", "Refused: Exim has no way to deliver it" },
	{ "defer", "Put off: Exim will try again later" },
	{ "unknown", "Not known" },
	{ NULL, NULL }
};

static const struct word state[] = {
	{ "PREPARED", "Begun, not finished" },
	{ "DONE", "Done, not yet verified" },
	{ "KEPT", "Done and verified" },
	{ "UNDONE", "Undone" },
	{ "FAILED", "Failed: the old setting stands" },
	{ NULL, NULL }
};

static const struct word status[] = {
	{ "answered", "Public DNS names these mail exchangers:" },
	{ "no such record", "The domain exists, but names no mail exchanger. Other servers then try its own address." },
	{ "NXDOMAIN", "The domain does not exist in public DNS (NXDOMAIN)." },
	{ "SERVFAIL", "Its name servers gave an error instead of an answer (SERVFAIL)." },
	{ "REFUSED", "Its name servers refuse to answer (REFUSED)." },
	{ "timeout", "Its name servers did not answer in time." },
	{ "unreadable answer", "Its name servers gave an answer that cannot be read." },
	{ "not asked", "Public DNS was not asked." },
	{ NULL, NULL }
};

/* What a change was about, before the name of whose it is. */
static const struct word verb[] = {
	{ "set_routing", "Email Routing of" }, { "set_mx", "MX records of" },
	{ "set_manual_mx", "Manual route of" },
	{ "set_csf_user", "CSF’s SMTP_BLOCK for the account" },
	{ "set_csf_port", "CSF: port" }, { "set_firewalld_port", "firewalld: port" },
	{ "set_restrictions", "SMTP restrictions of the" },
	{ "lift_restrictions", "SMTP restrictions of the" },
	{ "unblock_deny", "csf.deny:" },
	{ "unblock_included", "A file that csf.deny includes:" },
	{ "unblock_temporary", "CSF’s temporary ban:" },
	{ "unblock_spammers", "/etc/spammeripblocks:" },
	{ "unblock_hulk", "cPHulk’s block:" }, { "unblock_black", "cPHulk’s blacklist:" },
	{ "start_listener", "Mail port" }, { "reload_exim", "Exim of" },
	{ "remove_frozen", "Frozen bounce" },
	{ "set_own", "Relay Doctor’s setting" },
	{ "set_forwarder", "Forwarder of" }, { "set_filter", "Filter" },
	{ "set_default_address", "Default address of" },
	{ "set_domain_forward", "Domain forwarder of" },
	{ "set_relay_net", "Relay list" }, { "trust_address", "Trusted address" },
	{ NULL, NULL }
};

static const struct word because[] = {
	{ "login", "because the client has logged in" },
	{ "address", "because of the client’s address" },
	{ "domain", "because the domain is one of this server’s" },
	{ NULL, NULL }
};

static const struct word phase[] = {
	{ "files", "Reading the server's domain lists" },
	{ "exim", "Asking Exim for its running configuration" },
	{ "dns", "Asking public DNS where each domain's mail goes" },
	{ "log", "Looking for recent arrivals in Exim's log" },
	{ "judge", "Comparing what was found" },
	{ "panel", "Asking cPanel about each account and Exim about each domain" },
	{ NULL, NULL }
};

static const struct word door[] = {
	{ "cli", "command line" }, { "admin.cgi", "WHM" },
	{ "reseller.cgi", "WHM, as reseller" }, { "user", "cPanel" },
	{ NULL, NULL }
};

static const struct word file[] = {
	{ "/etc/localdomains", "delivered on this server" },
	{ "/etc/remotedomains", "sent on to another server" },
	{ "/etc/secondarymx", "kept here for the main server" },
	{ NULL, NULL }
};

static const struct word source[] = {
	{ "domains", "The server's domain lists" },
	{ "owners", "Which account owns which domain" },
	{ "addresses", "This server's own addresses" },
	{ "dns", "Public DNS" },
	{ "forwarders", "What forwards mail on this server" },
	{ "exim", "Exim's running configuration" },
	{ "log", "Exim's main log" },
	{ "whm", "WHM's routing settings" },
	{ NULL, NULL }
};

static const struct {
	const char *key;
	const struct word *words;	/* NULL: a time */
} keys[] = {
	{ "mxcheck", routing }, { "detected", routing }, { "expect", routing },
	{ "value", routing }, { "before", routing }, { "after", routing },
	{ "severity", severity }, { "kind", kind }, { "state", state },
	{ "phase", phase }, { "door", door }, { "name", source },
	{ "source", source },
	{ "param", param },
	{ "because", because },
	{ "verb", verb }, { "status", status }, { "file", file },
	{ "at", NULL }, { "scanned_at", NULL }, { "started_at", NULL },
	{ "last", NULL }, { "first_seen", NULL }, { "since", NULL },
	{ "last_seen", NULL }, { "probed_at", NULL },
};

#define NKEYS (sizeof(keys) / sizeof(*keys))

/* "2026-11-24T10:00:00Z" → "2026-11-24 10:00:00 UTC" */
static json_object *time_label(const char *s)
{
	char text[32];

	if (strlen(s) != 20 || s[10] != 'T' || s[19] != 'Z')
		return json_object_new_string(s);
	snprintf(text, sizeof(text), "%.10s %.8s UTC", s, s + 11);
	return json_object_new_string(text);
}

static json_object *label(const struct word *w, const char *s)
{
	if (!w)
		return time_label(s);
	while (w->value && strcmp(w->value, s))
		w++;
	return json_object_new_string(w->value ? w->label : s);
}

static bool is(json_object *o, const char *key, const char *value)
{
	const char *s = json_text(o, key);

	return s && !strcmp(s, value);
}

static bool has(json_object *o, const char *key)
{
	return json_object_object_get_ex(o, key, NULL);
}

/* The same in a row of many: "Remote mail exchanger", without what that means. */
static void add_short(json_object *o, const char *key)
{
	const char *s = json_text(o, key);
	json_object *whole = s ? label(routing, s) : NULL;
	const char *text = whole ? json_object_get_string(whole) : "";
	const char *end = strstr(text, " (");
	char name[32];

	snprintf(name, sizeof(name), "%s_short", key);
	json_object_object_add(o, name, whole ? json_object_new_string_len(text,
			(int)(end ? (size_t)(end - text) : strlen(text))) : NULL);
	json_object_put(whole);
}

static void put_label(json_object *o, const char *key, const struct word *words)
{
	const char *s = json_text(o, key);
	char name[32];

	snprintf(name, sizeof(name), "%s_label", key);
	json_object_object_add(o, name, s ? label(words, s) : NULL);
}

void pages_words_time(json_object *o, const char *key)
{
	put_label(o, key, NULL);
}

/* By the few members that it has: a page has thousands of objects. */
static void add_labels(json_object *o)
{
	bool found[NKEYS] = { false };

	json_object_object_foreach(o, key, v) {
		(void)v;
		for (size_t i = 0; i < NKEYS; i++)
			found[i] |= *key == *keys[i].key && !strcmp(key, keys[i].key);
	}
	for (size_t i = 0; i < NKEYS; i++)
		if (found[i])
			put_label(o, keys[i].key, keys[i].words);
	if (has(o, "expect") && has(o, "value")) {
		json_put_flag(o, "anew", json_text(o, "value") &&
			      is(o, "expect", json_text(o, "value")));
		add_short(o, "expect");
		add_short(o, "value");
	}
}

static void put_seconds(json_object *o)
{
	char text[32];

	snprintf(text, sizeof(text), "%.1f",
		 (double)json_number(o, "duration_ms", 0) / 1000);
	json_put_text(o, "seconds", text);
}

/* What a template cannot ask of a word: whether it is a certain one. Within a
 * finding's fix the name "id" is the fix's own. */
static void add_facts(json_object *o)
{
	json_object *fix = json_member(o, "fix");
	struct ip ip;

	if (has(o, "mxcheck"))
		json_put_flag(o, "automatic", is(o, "mxcheck", "auto"));
	if (has(o, "state") && json_flag(o, "job") != 1)	/* a job counts them */
		json_put_flag(o, "undone", is(o, "state", "UNDONE"));
	if (has(o, "lists") && has(o, "owner"))
		json_put_flag(o, "hosted", view_is_hosted(o));
	if (has(o, "verb"))
		json_put_flag(o, "of_setting", witness_is_setting(json_text(o, "verb")));
	if (has(o, "verb"))
		json_put_flag(o, "of_server", witness_of_server(json_text(o, "verb")) ||
			      json_flag(o, "of_setting") == 1);
	if (has(o, "check") && has(o, "severity") && !has(o, "muted"))
		json_object_object_add(o, "muted", NULL);	/* by an older release */
	if (has(o, "verb") && json_text(o, "name"))
		json_put_flag(o, "of_address", ip_parse(&ip, json_text(o, "name")));
	if (has(o, "verb"))
		json_put_flag(o, "of_port", is(o, "verb", "start_listener"));
	if (has(o, "planned"))
		json_put_flag(o, "several", json_number(o, "planned", 0) != 1);
	if (has(o, "job")) {
		json_put_flag(o, "several", json_number(o, "total", 0) != 1);
		json_put_flag(o, "complete", !json_number(o, "failed", 0) &&
			      !json_number(o, "left", 0));
	}
	if (has(o, "duration_ms"))
		put_seconds(o);
	if (json_object_is_type(fix, json_type_object) && has(o, "id"))
		json_put_text(fix, "finding", json_text(o, "id"));
}

static void walk(json_object *o, int depth)
{
	if (depth == DEPTH_MAX)
		return;
	for (size_t i = 0; i < json_count(o); i++)
		walk(json_object_array_get_idx(o, i), depth + 1);
	if (!json_object_is_type(o, json_type_object))
		return;
	json_object_object_foreach(o, key, v) {
		(void)key;
		walk(v, depth + 1);
	}
	add_labels(o);
	add_facts(o);
}

void pages_words(json_object *o)
{
	walk(o, 0);
}
