#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/json.h"
#include "core/check.h"
#include "render/text.h"

/* ---- words ------------------------------------------------------------ */

/* U+0080–009F, U+200E/F, U+202A–E, U+2066–9 in UTF-8. */
static size_t disguise(const unsigned char *s)
{
	if (s[0] == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f)
		return 2;
	if (s[0] == 0xe2 && s[1] == 0x80 && (s[2] == 0x8e || s[2] == 0x8f ||
					     (s[2] >= 0xaa && s[2] <= 0xae)))
		return 3;
	return s[0] == 0xe2 && s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9 ? 3 : 0;
}

static void say(FILE *out, const char *s)
{
	const unsigned char *p = (const unsigned char *)(s ? s : "");

	while (*p) {
		size_t n = *p < 0x20 || *p == 0x7f ? 1 : disguise(p);

		if (!n)
			putc(*p++, out);
		for (; n; n--)
			fprintf(out, "\\x%02x", *p++);
	}
}

/* "label: value" on a line of its own, when there is a value. */
static void line(FILE *out, const char *indent, const char *label, const char *value)
{
	if (!value || !*value)
		return;
	fprintf(out, "%s%s", indent, label);
	say(out, value);
	putc('\n', out);
}

static void member(FILE *out, const char *indent, const char *label,
		   json_object *o, const char *key)
{
	line(out, indent, label, json_text(o, key));
}

static void each(FILE *out, json_object *list, const char *indent)
{
	for (size_t i = 0; i < json_count(list); i++) {
		json_object *o = json_object_array_get_idx(list, i);

		line(out, indent, "", o ? json_object_get_string(o) : NULL);
	}
}

/* ---- findings --------------------------------------------------------- */

static const char *loud(const char *severity)
{
	static const char *const names[][2] = {
		{ "critical", "CRITICAL" }, { "warning", "WARNING" },
		{ "unknown", "UNKNOWN" }, { "info", "INFO" },
	};

	for (size_t i = 0; severity && i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(names[i][0], severity))
			return names[i][1];
	return "?";
}

/* The check did not run: what it would mean for people's mail is not known. */
static bool not_checked(json_object *x)
{
	const char *severity = json_text(x, "severity");
	const char *kind = json_text(json_member(x, "subject"), "kind");

	return severity && kind && !strcmp(severity, "unknown") && !strcmp(kind, "server");
}

static void finding(FILE *out, json_object *x)
{
	const char *id = json_text(x, "check");
	const struct check *c = id ? check_find(id) : NULL;
	json_object *evidence = json_member(x, "evidence");
	json_object *fix = json_member(x, "fix");

	fprintf(out, "\n%-9s", loud(json_text(x, "severity")));
	say(out, json_text(x, "text"));
	putc('\n', out);
	for (size_t i = 0; i < json_count(evidence); i++) {
		json_object *ev = json_object_array_get_idx(evidence, i);

		fputs("    ", out);
		say(out, json_text(ev, "source"));
		fputs(": ", out);
		say(out, json_text(ev, "text"));
		putc('\n', out);
	}
	if (c && !not_checked(x)) {
		line(out, "  ", "Why it matters: ", c->why);
		line(out, "  ", "Who must act: ", c->who);
	}
	member(out, "  ", "What to do: ", x, "advice");
	if (fix) {
		member(out, "  ", "Fix: relaydoctor fix ", x, "id");
		member(out, "  ", "Its risk: ", fix, "risk");
	} else {
		member(out, "  ", "Id: ", x, "id");
	}
}

static void counts(FILE *out, json_object *summary)
{
	fprintf(out, "%" PRId64 " critical · %" PRId64 " warnings · %" PRId64
		" unknown · %" PRId64 " for information\n",
		json_number(summary, "critical", 0), json_number(summary, "warning", 0),
		json_number(summary, "unknown", 0), json_number(summary, "info", 0));
}

static void silent_sources(FILE *out, json_object *sources)
{
	for (size_t i = 0; i < json_count(sources); i++) {
		json_object *s = json_object_array_get_idx(sources, i);

		if (json_flag(s, "ok") == 1)
			continue;
		fputs("not looked at: ", out);
		say(out, json_text(s, "name"));
		fputs(" (", out);
		say(out, json_text(s, "why"));
		fputs(")\n", out);
	}
}

void text_findings(FILE *out, json_object *o)
{
	json_object *server = json_member(o, "server");
	json_object *list = json_member(o, "findings");
	const char *name = json_text(server, "hostname");

	fputs("Relay Doctor: ", out);
	say(out, name ? name : "(a server without a name)");
	fprintf(out, ", %" PRId64 " domains, ", json_number(server, "domains", 0));
	say(out, json_text(server, "scanned_at"));
	fprintf(out, ", %.1f s\n", (double)json_number(server, "duration_ms", 0) / 1000);
	counts(out, json_member(o, "summary"));
	silent_sources(out, json_member(o, "sources"));
	for (size_t i = 0; i < json_count(list); i++)
		finding(out, json_object_array_get_idx(list, i));
	if (!json_count(list))
		fputs("\nNothing to report.\n", out);
}

/* ---- one domain ------------------------------------------------------- */

/* What a program printed, line by line. */
static void lines(FILE *out, const char *indent, const char *text)
{
	char piece[400];

	while (text && *text) {
		size_t n = strcspn(text, "\n"), cut = n;

		if (cut >= sizeof(piece))
			cut = sizeof(piece) - 1;
		memcpy(piece, text, cut);
		piece[cut] = '\0';
		fprintf(out, "%s  | ", indent);
		say(out, piece);
		putc('\n', out);
		text += n + (text[n] == '\n');
	}
}

static void route(FILE *out, const char *indent, json_object *r)
{
	if (!r)
		return;
	fprintf(out, "%sExim sends ", indent);
	say(out, json_text(r, "address"));
	fputs(": ", out);
	say(out, json_text(r, "kind"));
	if (json_text(r, "router")) {
		fputs(", router ", out);
		say(out, json_text(r, "router"));
	}
	if (json_text(r, "transport")) {
		fputs(", transport ", out);
		say(out, json_text(r, "transport"));
	}
	putc('\n', out);
	for (size_t i = 0; i < json_count(json_member(r, "hosts")); i++) {
		fprintf(out, "%s  to ", indent);
		say(out, json_object_get_string(json_object_array_get_idx(
			json_member(r, "hosts"), i)));
		putc('\n', out);
	}
	if (!json_count(json_member(r, "hosts")))
		lines(out, indent, json_text(r, "text"));
}

static void lists(FILE *out, const char *indent, json_object *all)
{
	for (size_t i = 0; i < json_count(all); i++) {
		json_object *o = json_object_array_get_idx(all, i);
		int64_t at = json_number(o, "line", 0);

		fprintf(out, "%s%s: ", indent, json_text(o, "file"));
		if (at)
			fprintf(out, "line %" PRId64 "\n", at);
		else
			fputs("not listed\n", out);
	}
}

static void exchanger(FILE *out, json_object *mx)
{
	json_object *ips = json_member(mx, "addresses");

	fprintf(out, "  MX %5" PRId64 "  ", json_number(mx, "preference", 0));
	say(out, json_text(mx, "host"));
	fputs(json_flag(mx, "ours") == 1 ? "  (this server)" : "", out);
	if (json_text(mx, "provider")) {
		fputs("  (", out);
		say(out, json_text(mx, "provider"));
		putc(')', out);
	}
	putc('\n', out);
	each(out, ips, "              ");
}

/* Where a message goes on its way into the domain, as a picture in text. */
static void facts(FILE *out, json_object *d)
{
	json_object *mx = json_member(d, "mx");
	json_object *records = json_member(mx, "records");

	say(out, json_text(d, "name"));
	fputs("\n", out);
	member(out, "  ", "account: ", d, "owner");
	member(out, "  ", "verdict: ", d, "verdict");
	member(out, "  ", "because: ", d, "why");
	fputs("  the world sends its mail to\n", out);
	for (size_t i = 0; i < json_count(records); i++)
		exchanger(out, json_object_array_get_idx(records, i));
	if (!json_count(records))
		member(out, "  MX       ", "", mx, "status");
	fputs("  this server keeps it by\n", out);
	lists(out, "    ", json_member(d, "lists"));
	member(out, "    ", "WHM's setting: ", d, "mxcheck");
	route(out, "  ", json_member(d, "route"));
	member(out, "  ", "last mail from outside: ", json_member(d, "arrivals"), "last");
}

void text_domain(FILE *out, json_object *look)
{
	json_object *list = json_member(look, "findings");
	json_object *d = json_member(look, "domain");

	if (d)
		facts(out, d);
	for (size_t i = 0; i < json_count(list); i++)
		finding(out, json_object_array_get_idx(list, i));
	if (!json_count(list))
		fputs("\nNothing to report.\n", out);
}

/* ---- changes ---------------------------------------------------------- */

static void operations(FILE *out, json_object *ops)
{
	for (size_t i = 0; i < json_count(ops); i++) {
		json_object *op = json_object_array_get_idx(ops, i);

		fputs("  ", out);
		say(out, json_text(op, "verb"));
		putc(' ', out);
		say(out, json_text(op, "name"));
		fputs(": from ", out);
		say(out, json_text(op, "expect"));
		fputs(" to ", out);
		say(out, json_text(op, "value"));
		putc('\n', out);
	}
}

static void settings(FILE *out, json_object *params)
{
	if (!json_object_is_type(params, json_type_object))
		return;
	json_object_object_foreach(params, key, value) {
		fputs(" --set ", out);
		say(out, key);
		putc('=', out);
		say(out, value ? json_object_get_string(value) : "");
	}
}

void text_plan(FILE *out, json_object *p)
{
	json_object *confirm = json_member(p, "confirm");
	const char *word = json_text(confirm, "word");

	fputs("Preview: nothing has been changed.\n", out);
	member(out, "", "", p, "title");
	operations(out, json_member(p, "ops"));
	member(out, "", "Its risk: ", p, "risk");
	fputs("What you should know:\n", out);
	each(out, json_member(p, "notes"), "  - ");
	fputs("Now:\n", out);
	lists(out, "  ", json_member(json_member(p, "before"), "lists"));
	route(out, "  ", json_member(json_member(p, "before"), "route"));
	fputs("To apply it: relaydoctor fix ", out);
	say(out, json_text(p, "finding"));
	settings(out, json_member(p, "params"));
	if (word) {
		fputs(" --set confirm=", out);
		say(out, word);
	}
	fputs(" --apply\n", out);
}

static void side(FILE *out, const char *title, json_object *d)
{
	if (!d)
		return;
	fprintf(out, "%s\n", title);
	member(out, "  ", "WHM's setting: ", d, "mxcheck");
	lists(out, "  ", json_member(d, "lists"));
	route(out, "  ", json_member(d, "route"));
}

void text_change(FILE *out, json_object *c)
{
	json_object *proof = json_member(c, "proof");

	fputs("Change ", out);
	say(out, json_text(c, "id"));
	fputs(": ", out);
	say(out, json_text(c, "state"));
	fputs("\n  ", out);
	say(out, json_text(c, "name"));
	fputs(": ", out);
	say(out, json_text(c, "before"));
	fputs(" → ", out);
	say(out, json_text(c, "after"));
	putc('\n', out);
	side(out, "Before:", json_member(proof, "before"));
	side(out, "Now:", json_member(proof, "after"));
	if (json_flag(c, "undoable") == 1)
		member(out, "", "To undo it: relaydoctor undo ", c, "id");
}

void text_history(FILE *out, json_object *changes)
{
	for (size_t i = 0; i < json_count(changes); i++) {
		json_object *c = json_object_array_get_idx(changes, i);
		static const char *const keys[] = { "at", "id", "state", "verb",
			"name", "before", "after", "by", "door" };

		for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++) {
			const char *s = json_text(c, keys[k]);

			fputs(k ? "  " : "", out);
			say(out, s && *s ? s : "-");
		}
		putc('\n', out);
		member(out, "    ", "", c, "text");
	}
	if (!json_count(changes))
		fputs("No change was made on this server.\n", out);
}

/* ---- the catalogue ---------------------------------------------------- */

void text_checks(FILE *out, json_object *checks)
{
	for (size_t i = 0; i < json_count(checks); i++) {
		json_object *c = json_object_array_get_idx(checks, i);

		fprintf(out, "%s  (%s)\n", json_text(c, "id"), json_text(c, "rule"));
		member(out, "    ", "", c, "title");
		member(out, "    ", "", c, "why");
		member(out, "    ", "fix: ", c, "fix");
	}
}

void text_fixes(FILE *out, json_object *fixes)
{
	for (size_t i = 0; i < json_count(fixes); i++) {
		json_object *x = json_object_array_get_idx(fixes, i);

		fprintf(out, "%s  %s\n", json_text(x, "id"), json_text(x, "title"));
		member(out, "    ", "risk: ", x, "risk");
		member(out, "    ", "--set ", x, "params");
	}
}
