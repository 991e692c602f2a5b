#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "core/check.h"
#include "render/text.h"
#include "render/text_words.h"
#include "render/view_path.h"
#include "render/view.h"

/* ---- findings --------------------------------------------------------- */

/* https://no-color.org; a terminal alone shows them. */
static bool shows_colours(FILE *out)
{
	const char *unwanted = getenv("NO_COLOR"), *term = getenv("TERM");

	return !(unwanted && *unwanted) && term && *term && strcmp(term, "dumb") &&
		isatty(fileno(out));
}

static void loud(FILE *out, const char *severity)
{
	static const struct { const char *name, *word, *colour; } all[] = {
		{ "critical", "CRITICAL", "1;31" }, { "warning", "WARNING", "1;33" },
		{ "unknown", "UNKNOWN", "1;35" }, { "info", "INFO", "1;36" },
	};

	for (size_t i = 0; severity && i < sizeof(all) / sizeof(*all); i++) {
		if (strcmp(all[i].name, severity))
			continue;
		if (shows_colours(out))
			fprintf(out, "\033[%sm%-9s\033[0m", all[i].colour, all[i].word);
		else
			fprintf(out, "%-9s", all[i].word);
		return;
	}
	fprintf(out, "%-9s", "?");
}

/* The check did not run: what it would mean for people's mail is not known. */
static bool not_checked(json_object *x)
{
	return !strcmp(text_word(x, "severity"), "unknown") &&
		!strcmp(text_word(json_member(x, "subject"), "kind"), "server");
}

/* Nothing is wrong, but somebody who knows better may ask for the fix. */
static bool held_back(const struct check *c, json_object *x)
{
	return c && fix_overrides_gateway(c->fix) && !json_member(x, "fix") &&
		!strcmp(text_word(x, "severity"), "info");
}

static void evidence(FILE *out, json_object *list)
{
	for (size_t i = 0; i < json_count(list); i++) {
		json_object *ev = json_object_array_get_idx(list, i);

		text_say(out, "    %s: %s", text_word(ev, "source"), text_word(ev, "text"));
		putc('\n', out);
	}
}

/* As it can be sent, but for the indent. */
static void letter(FILE *out, json_object *o)
{
	if (!o)
		return;
	text_member(out, "  To send to ", o, "to");
	text_lines(out, "    | ", json_text(o, "text"));
}

static void impact(FILE *out, json_object *o)
{
	json_object *accounts = json_member(o, "accounts");

	if (!o)
		return;
	text_say(out, "  How much: %" PRId64 " in %" PRId64 " days", json_number(o, "mails", 0),
		 json_number(o, "days", 0));
	for (size_t i = 0; i < json_count(accounts); i++)
		text_say(out, "%s%s", i ? ", " : "; accounts: ", json_object_get_string(
			 json_object_array_get_idx(accounts, i)));
	putc('\n', out);
}

static void muted(FILE *out, json_object *o)
{
	if (!o)
		return;
	text_say(out, "  Muted until the end of %s (UTC) by %s: %s", text_word(o, "until"),
		 text_word(o, "by"), text_word(o, "reason"));
	putc('\n', out);
}

/* panel: of another server, whose findings cannot be fixed from here; or NULL. */
static void finding(FILE *out, json_object *x, const char *panel)
{
	const struct check *c = check_find(text_word(x, "check"));
	json_object *fix = json_member(x, "fix");

	putc('\n', out);
	loud(out, json_text(x, "severity"));
	text_line(out, json_flag(x, "new") == 1 ? "(new) " : "", text_word(x, "text"));
	muted(out, json_member(x, "muted"));
	evidence(out, json_member(x, "evidence"));
	impact(out, json_member(x, "impact"));
	if (c && !not_checked(x)) {
		text_line(out, "  Why it matters: ", c->why);
		text_line(out, "  Who must act: ", c->who);
	}
	text_member(out, "  What to do: ", x, "advice");
	letter(out, json_member(x, "letter"));
	text_member(out, fix ? "  Fix: relaydoctor fix " : "  Id: ", x, "id");
	if (!panel && held_back(c, x)) {
		text_say(out, "  If they are: relaydoctor fix %s --set gateway=yes", text_word(x, "id"));
		putc('\n', out);
	}
	text_member(out, "  Its risk: ", fix, "risk");
}

void text_first_finding(FILE *out, json_object *x)
{
	fputs("  ", out);
	loud(out, json_text(x, "severity"));
	text_line(out, "", text_word(x, "text"));
}

static void all_findings(FILE *out, json_object *list, const char *panel)
{
	for (size_t i = 0; i < json_count(list); i++)
		finding(out, json_object_array_get_idx(list, i), panel);
	if (!json_count(list))
		fputs("\nNothing to report.\n", out);
}

static void all_gone(FILE *out, json_object *list)
{
	if (json_count(list))
		fputs("\nNo longer found since yesterday:\n", out);
	for (size_t i = 0; i < json_count(list); i++)
		text_member(out, "    ", json_object_array_get_idx(list, i), "text");
}

static void silent_sources(FILE *out, json_object *sources)
{
	for (size_t i = 0; i < json_count(sources); i++) {
		json_object *s = json_object_array_get_idx(sources, i);

		if (json_flag(s, "ok") == 1)
			continue;
		text_say(out, "not looked at: %s (%s)", text_word(s, "name"), text_word(s, "why"));
		putc('\n', out);
	}
}

/* Another server's ports, where they were tried from here. */
static void ports_outside(FILE *out, json_object *list)
{
	for (size_t i = 0; i < json_count(list); i++) {
		json_object *o = json_object_array_get_idx(list, i);

		text_say(out, "from outside: port %" PRId64 " at %s: %s: %s",
			 json_number(o, "port", 0), text_word(o, "address"),
			 text_word(o, "verdict"), text_word(o, "why"));
		putc('\n', out);
	}
}

void text_findings(FILE *out, json_object *o)
{
	json_object *server = json_member(o, "server");
	json_object *summary = json_member(o, "summary");
	const char *name = json_text(server, "hostname");

	text_say(out, "Relay Doctor: %s, %" PRId64 " domains, %s, %.1f s",
	    name ? name : "(a server without a name)",
	    json_number(server, "domains", 0), text_word(server, "scanned_at"),
	    (double)json_number(server, "duration_ms", 0) / 1000);
	fprintf(out, "\n%" PRId64 " critical · %" PRId64 " warnings · %" PRId64
		" unknown · %" PRId64 " for information\n",
		json_number(summary, "critical", 0), json_number(summary, "warning", 0),
		json_number(summary, "unknown", 0), json_number(summary, "info", 0));
	if (json_number(summary, "muted", 0))
		fprintf(out, "%" PRId64 " muted, and not among these\n",
			json_number(summary, "muted", 0));
	text_member(out, "another server, by its WHM API at ", server, "panel");
	ports_outside(out, json_member(server, "outside"));
	silent_sources(out, json_member(o, "sources"));
	all_findings(out, json_member(o, "findings"), json_text(server, "panel"));
	all_gone(out, json_member(o, "gone"));
}

/* ---- an explanation --------------------------------------------------- */

void text_explanation(FILE *out, json_object *o)
{
	json_object *parts = json_member(o, "read"), *fix = json_member(o, "fix");
	const char *rule = json_text(o, "rule");

	text_line(out, "", text_word(o, "title"));
	evidence(out, json_member(o, "evidence"));
	text_line(out, "  What it means: ", text_word(o, "text"));
	text_line(out, "  Who must act: ", text_word(o, "who"));
	text_each(out, "  What to do: ", json_member(o, "steps"));
	if (json_text(fix, "finding"))
		text_line(out, "  Fix: relaydoctor fix ", json_text(fix, "finding"));
	text_each(out, "  Not looked up: ", json_member(json_member(o, "here"), "missing"));
	text_member(out, "  Recipient: ", parts, "recipient");
	text_member(out, "  Reported by: ", parts, "reporting_host");
	text_member(out, "  Refused by: ", parts, "remote_host");
	text_member(out, "  Client: ", parts, "client");
	text_say(out, "  Class: %s%s%s", text_word(o, "class"), rule ? ", rule " : "", rule ? rule : "");
	putc('\n', out);
}

/* ---- one domain ------------------------------------------------------- */

static void route(FILE *out, json_object *r)
{
	if (!r)
		return;
	text_say(out, "  Exim sends %s: %s", text_word(r, "address"), text_word(r, "kind"));
	if (json_text(r, "router"))
		text_say(out, ", router %s, transport %s", text_word(r, "router"),
		    text_word(r, "transport"));
	putc('\n', out);
	text_each(out, "    to ", json_member(r, "hosts"));
	if (!json_text(r, "router"))
		text_lines(out, "    | ", json_text(r, "text"));
}

static void lists(FILE *out, json_object *all)
{
	for (size_t i = 0; i < json_count(all); i++) {
		json_object *o = json_object_array_get_idx(all, i);
		int64_t at = json_number(o, "line", 0);

		text_say(out, "  %s: ", text_word(o, "file"));
		fprintf(out, at ? "line %" PRId64 "\n" : "not listed\n", at);
	}
}

static void exchanger(FILE *out, json_object *mx)
{
	const char *provider = json_text(mx, "provider");

	text_say(out, "  MX %5" PRId64 "  %s%s%s%s%s", json_number(mx, "preference", 0),
	    text_word(mx, "host"), json_flag(mx, "ours") == 1 ? "  (this server)" : "",
	    provider ? "  (" : "", provider ? provider : "", provider ? ")" : "");
	putc('\n', out);
	text_each(out, "              ", json_member(mx, "addresses"));
}

/* Where a message goes on its way into the domain, as a picture in text. */
static void facts(FILE *out, json_object *d)
{
	json_object *mx = json_member(d, "mx");
	json_object *records = json_member(mx, "records");

	text_member(out, "", d, "name");
	text_member(out, "  account: ", d, "owner");
	if (!view_is_hosted(d))
		fputs("  not on this server: no account has it, and no list names it\n", out);
	text_member(out, "  verdict: ", d, "verdict");
	text_member(out, "  because: ", d, "why");
	fputs("The world sends its mail to\n", out);
	for (size_t i = 0; i < json_count(records); i++)
		exchanger(out, json_object_array_get_idx(records, i));
	if (!json_count(records))
		text_member(out, "  MX: ", mx, "status");
	fputs(json_text(d, "panel") ? "That server treats it by\n" :
	      "This server treats it by\n", out);
	lists(out, json_member(d, "lists"));
	text_member(out, "  WHM's setting: ", d, "mxcheck");
	if (json_text(d, "panel"))
		text_member(out, "  in force: ", d, "detected");
	route(out, json_member(d, "route"));
	text_member(out, "  last mail from outside: ", json_member(d, "arrivals"), "last");
	text_rejections(out, json_member(d, "rejections"));
}

void text_domain(FILE *out, json_object *look)
{
	json_object *d = json_member(look, "domain");

	text_path(out, json_member(look, "path"));
	if (d)
		facts(out, d);
	text_map(out, json_member(look, "map"));
	all_findings(out, json_member(look, "findings"), json_text(d, "panel"));
	text_setup(out, json_member(look, "setup"));
	if (json_text(look, "setup_why"))
		putc('\n', out);
	text_member(out, "How a mail program is set up is not known: ", look, "setup_why");
}

/* ---- one address ------------------------------------------------------ */

static void ban(FILE *out, json_object *b)
{
	int64_t at = json_number(b, "line", 0);

	text_say(out, "  %s", text_word(b, "list"));
	if (json_text(b, "file"))
		text_say(out, ", which includes %s", json_text(b, "file"));
	if (at)
		fprintf(out, ", line %" PRId64, at);
	text_say(out, ": %s %s", json_flag(b, "blocks") == 1 ? "blocks" : "lets through",
	    text_word(b, "net"));
	for (size_t i = 0; i < json_count(json_member(b, "ports")); i++)
		text_say(out, "%s%s", i ? ", " : " on port ", json_object_get_string(
		    json_object_array_get_idx(json_member(b, "ports"), i)));
	putc('\n', out);
	text_member(out, "    because: ", b, "text");
	text_member(out, "    since: ", b, "since");
	text_member(out, "    until: ", b, "until");
}

static void address_port(FILE *out, json_object *p)
{
	json_object *by = json_member(p, "by");

	text_say(out, "  port %" PRId64 ": %s", json_number(p, "port", 0), text_word(p, "verdict"));
	if (json_text(by, "rule"))
		text_say(out, ", by %s %s: %s", text_word(by, "table"), text_word(by, "chain"), text_word(by, "rule"));
	putc('\n', out);
	text_member(out, "    ", p, "why");
}

static void entries(FILE *out, json_object *a)
{
	json_object *list = json_member(a, "entries"), *unread = json_member(a, "unread");

	for (size_t i = 0; i < json_count(list); i++)
		ban(out, json_object_array_get_idx(list, i));
	if (!json_count(list))
		fputs("  no list holds it\n", out);
	if (json_flag(a, "csf_off") == 1)
		fputs("  CSF is off: its lists count for nothing now\n", out);
	for (size_t i = 0; i < json_count(unread); i++) {
		json_object *o = json_object_array_get_idx(unread, i);

		text_say(out, "  not read: %s (%s)", text_word(o, "list"), text_word(o, "why"));
		putc('\n', out);
	}
}

void text_address(FILE *out, json_object *look)
{
	json_object *a = json_member(look, "address");
	json_object *ports = json_member(a, "ports"), *customer = json_member(a, "customer");

	text_say(out, "%s is %s here: %s", text_word(a, "ip"), !strcmp(text_word(a, "state"), "free") ?
	    "not blocked" : !strcmp(text_word(a, "state"), "blocked") ? "BLOCKED" :
	    "blocked or not, which cannot be told", text_word(a, "why"));
	putc('\n', out);
	if (json_flag(a, "own") == 1)
		fputs("It is this server's own address.\n", out);
	if (customer) {
		text_say(out, "A customer has sent mail from it: %s, last at %s",
		    text_word(customer, "who"), text_word(customer, "last"));
		putc('\n', out);
	}
	fputs("Lists and bans\n", out);
	entries(out, a);
	fputs("A connection from it, by the firewall's rules\n", out);
	for (size_t i = 0; i < json_count(ports); i++)
		address_port(out, json_object_array_get_idx(ports, i));
	text_member(out, "  not looked at: ", a, "ports_why");
	fputs("What lfd has logged of it\n", out);
	text_each(out, "  ", json_member(a, "log"));
	text_member(out, "  not read: ", a, "log_why");
	if (!json_count(json_member(a, "log")) && !json_text(a, "log_why"))
		fputs("  nothing\n", out);
	if (json_count(json_member(look, "findings")))
		all_findings(out, json_member(look, "findings"), NULL);
}

/* ---- changes ---------------------------------------------------------- */

static void operations(FILE *out, json_object *ops)
{
	for (size_t i = 0; i < json_count(ops); i++) {
		json_object *op = json_object_array_get_idx(ops, i);

		text_say(out, "  %s %s: from %s to %s", text_word(op, "verb"), text_word(op, "name"),
		    text_word(op, "expect"), text_word(op, "value"));
		putc('\n', out);
	}
}

static void settings(FILE *out, json_object *params)
{
	if (!json_object_is_type(params, json_type_object))
		return;
	json_object_object_foreach(params, key, value)
		text_say(out, " --set %s=%s", key, value ? json_object_get_string(value) : "");
}

static void side(FILE *out, const char *title, json_object *d)
{
	if (!d)
		return;
	fprintf(out, "%s\n", title);
	text_member(out, "  WHM's setting: ", d, "mxcheck");
	lists(out, json_member(d, "lists"));
	route(out, json_member(d, "route"));
}

/* Of a change that is about an address. */
static void of_address(FILE *out, json_object *o)
{
	if (json_member(o, "address"))
		text_address(out, o);
}

void text_plan(FILE *out, json_object *p)
{
	const char *confirm = json_text(json_member(p, "confirm"), "word");

	fputs("Preview: nothing has been changed.\n", out);
	text_member(out, "", p, "title");
	operations(out, json_member(p, "ops"));
	text_member(out, "Its risk: ", p, "risk");
	fputs("What you should know:\n", out);
	text_each(out, "  - ", json_member(p, "notes"));
	side(out, "Now:", json_member(p, "before"));
	of_address(out, p);
	text_say(out, "To apply it: relaydoctor fix %s", text_word(p, "finding"));
	settings(out, json_member(p, "params"));
	text_say(out, "%s%s --apply", confirm ? " --set confirm=" : "", confirm ? confirm : "");
	putc('\n', out);
}

/* ---- many changes at once ---------------------------------------------- */

void text_bulk_plan(FILE *out, json_object *p)
{
	json_object *rows = json_member(p, "rows"), *left = json_member(p, "left_out");

	fputs("Preview: nothing has been changed.\n", out);
	for (size_t i = 0; i < json_count(rows); i++)
		operations(out, json_member(json_object_array_get_idx(rows, i), "ops"));
	if (json_count(rows))
		text_member(out, "Its risk: ", json_object_array_get_idx(rows, 0), "risk");
	if (json_count(left))
		fputs("Left out:\n", out);
	for (size_t i = 0; i < json_count(left); i++) {
		json_object *o = json_object_array_get_idx(left, i);

		text_say(out, "  %s: %s", text_word(o, "finding"), text_word(o, "why"));
		putc('\n', out);
	}
	if (json_count(rows))
		fprintf(out, "To apply it to these %zu: the same command with --apply\n",
			json_count(rows));
	else
		fputs("Nothing is left that could be fixed in bulk.\n", out);
}

static void job_line(FILE *out, json_object *c)
{
	text_say(out, "%s: %" PRId64 " of %" PRId64 " done, %" PRId64 " failed, %" PRId64
	    " undone, %" PRId64 " not begun", text_word(c, "state"), json_number(c, "done", 0),
	    json_number(c, "total", 0), json_number(c, "failed", 0),
	    json_number(c, "undone", 0), json_number(c, "left", 0));
}

static void job_row(FILE *out, json_object *row)
{
	text_say(out, "  %-8s  %s: %s → %s  (%s)", text_word(row, "state"), text_word(row, "name"),
	    text_word(row, "expect"), text_word(row, "value"), text_word(row, "id"));
	putc('\n', out);
	text_member(out, "            ", row, "text");
	text_member(out, "            still found: ", row, "still");
}

void text_job(FILE *out, json_object *c)
{
	json_object *rows = json_member(c, "rows");

	text_say(out, "Job %s, ", text_word(c, "id"));
	job_line(out, c);
	putc('\n', out);
	text_member(out, "", c, "text");
	for (size_t i = 0; i < json_count(rows); i++)
		job_row(out, json_object_array_get_idx(rows, i));
	if (json_flag(c, "undoable") == 1)
		text_member(out, "To undo all that was done: relaydoctor undo ", c, "id");
}

void text_change(FILE *out, json_object *c)
{
	json_object *proof = json_member(c, "proof");
	bool undone = !strcmp(text_word(c, "state"), "UNDONE");

	text_say(out, "Change %s: %s", text_word(c, "id"), text_word(c, "state"));
	putc('\n', out);
	text_say(out, "  %s: %s → %s%s%s", text_word(c, "name"), text_word(c, "before"),
	    text_word(c, "after"), undone ? ", and now back to " : "",
	    undone ? text_word(c, "before") : "");
	putc('\n', out);
	side(out, "Before:", json_member(proof, "before"));
	side(out, "Now:", json_member(proof, "after"));
	of_address(out, c);
	if (json_flag(c, "undoable") == 1)
		text_member(out, "To undo it: relaydoctor undo ", c, "id");
}

static void past(FILE *out, json_object *c)
{
	text_say(out, "%s  %s  ", text_word(c, "at"), text_word(c, "id"));
	if (json_flag(c, "job") == 1)
		job_line(out, c);
	else
		text_say(out, "%-8s  %s %s: %s → %s", text_word(c, "state"), text_word(c, "verb"),
		    text_word(c, "name"), text_word(c, "before"), text_word(c, "after"));
	text_say(out, ", by %s at %s", text_word(c, "by"), text_word(c, "door"));
	putc('\n', out);
}

void text_history(FILE *out, json_object *changes)
{
	for (size_t i = 0; i < json_count(changes); i++) {
		json_object *c = json_object_array_get_idx(changes, i);

		past(out, c);
		text_member(out, "    ", c, "text");
	}
	if (!json_count(changes))
		fputs("No change was made on this server.\n", out);
}

/* ---- the catalogue ---------------------------------------------------- */

void text_checks(FILE *out, json_object *checks)
{
	for (size_t i = 0; i < json_count(checks); i++) {
		json_object *c = json_object_array_get_idx(checks, i);

		fprintf(out, "%s  (%s)\n", text_word(c, "id"), text_word(c, "rule"));
		text_member(out, "    ", c, "title");
		text_member(out, "    ", c, "why");
		text_member(out, "    fix: ", c, "fix");
	}
}

void text_fixes(FILE *out, json_object *fixes)
{
	for (size_t i = 0; i < json_count(fixes); i++) {
		json_object *x = json_object_array_get_idx(fixes, i);

		fprintf(out, "%s  %s\n", text_word(x, "id"), text_word(x, "title"));
		text_member(out, "    risk: ", x, "risk");
		text_member(out, "    --set ", x, "params");
	}
}
