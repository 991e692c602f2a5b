#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cli/bulk.h"
#include "cli/command.h"
#include "engine/change.h"
#include "render/text.h"

static int run(int argc, char **argv);

const struct command_word command_fix = {
	.name = "fix",
	.usage = "FINDING... [--set NAME=VALUE]... [--apply] [--json]",
	.help = "preview the fix of a finding, or of several at once; with --apply, do it, prove it, keep it or undo it",
	.run = run,
};

struct wish {
	const char *finding;	/* the only one, or NULL */
	json_object *findings;	/* several, or NULL */
	const char *typed;	/* --set confirm=WORD */
	json_object *params;
	bool apply, json;
	char seat[48];		/* an address, or "" */
};

static int take_set(struct wish *w, const char *pair)
{
	const char *eq = strchr(pair, '=');
	char name[32];

	if (!eq || eq == pair || (size_t)(eq - pair) >= sizeof(name))
		return usage_error(&command_fix, "--set takes NAME=VALUE, not '%.100s'", pair);
	memcpy(name, pair, (size_t)(eq - pair));
	name[eq - pair] = '\0';
	if (!strcmp(name, "fix"))
		return usage_error(&command_fix, "what a fix is asked for by its name is done on Relay Doctor's page in WHM alone");
	if (!strcmp(name, "confirm"))
		w->typed = eq + 1;
	else
		json_put_text(w->params, name, eq + 1);
	return 0;
}

/* What is asked for one by one is no matter for many. */
static int take_findings(struct wish *w, int n, char **findings)
{
	if (n < 1)
		return usage_error(&command_fix, "name one finding or several, as relaydoctor scan prints them");
	if (n == 1) {
		w->finding = findings[0];
		return 0;
	}
	if (w->typed || json_object_object_length(w->params))
		return usage_error(&command_fix, "--set goes with one finding");
	w->findings = json_object_new_array();
	for (int i = 0; i < n; i++)
		json_object_array_add(w->findings, json_new_text(findings[i]));
	return 0;
}

static int take_options(struct wish *w, int argc, char **argv)
{
	static const struct option options[] = {
		{ "set", required_argument, NULL, 's' },
		{ "apply", no_argument, NULL, 'a' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 }
	};
	int c, rc = 0;

	opterr = 0;
	while (!rc && (c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 's': rc = take_set(w, optarg); break;
		case 'a': w->apply = true; break;
		case 'j': w->json = true; break;
		default: rc = usage_error(&command_fix, "'%.100s' is no option here, or lacks its value",
				      argv[optind - 1]);
		}
	return rc ? rc : take_findings(w, argc - optind, argv + optind);
}

/* Where root's shell is typed at, so that no change shuts that address out. */
static void take_seat(struct wish *w)
{
	const char *ssh = getenv("SSH_CLIENT");
	size_t n = ssh ? strcspn(ssh, " ") : 0;

	if (n < sizeof(w->seat))
		memcpy(w->seat, ssh ? ssh : "", n);
}

/* --apply is consent to the plan as it stands now, unless it asks for a word. */
static int apply(const struct wish *w, json_object *plan, json_object **change,
		 struct err *e)
{
	struct priv_client c = PRIV_CLIENT_INIT;
	int rc = change_apply(&c, w->finding, w->params, w->seat, json_text(plan, "digest"),
			      w->typed, change, e);

	priv_close(&c);
	return rc;
}

static int run(int argc, char **argv)
{
	struct wish w = { .params = json_object_new_object() };
	json_object *plan = NULL, *out;
	struct err e;
	int rc = take_options(&w, argc, argv);

	if (rc)
		goto out;
	take_seat(&w);
	if (w.findings) {
		rc = bulk_fix(w.findings, w.apply, w.json);
		goto out;
	}
	if (change_preview(w.finding, w.params, w.seat, &plan, &e) ||
	    (w.apply && apply(&w, plan, &out, &e))) {
		rc = failed(&e);
		goto out;
	}
	if (!w.apply)
		out = json_object_get(plan);
	if (w.json)
		print_json(json_object_get(out));
	else if (w.apply)
		text_change(stdout, out);
	else
		text_plan(stdout, out);
	json_object_put(out);
out:
	json_object_put(plan);
	json_object_put(w.params);
	json_object_put(w.findings);
	return rc;
}
