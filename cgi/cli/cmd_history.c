#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli/bulk.h"
#include "cli/command.h"
#include "engine/bulk.h"
#include "engine/change.h"
#include "engine/journal.h"
#include "render/text.h"

static int run_undo(int argc, char **argv);
static int run_history(int argc, char **argv);

const struct command_word command_undo = {
	.name = "undo",
	.usage = "CHANGE [--json]",
	.help = "put back what a change, or a job over many, replaced, if nobody changed it since",
	.run = run_undo,
};

const struct command_word command_history = {
	.name = "history",
	.usage = "[--json]",
	.help = "the changes made here, newest first",
	.run = run_history,
};

/* Takes --json wherever it stands; -1 when another option is there. */
static int take_json(int *argc, char **argv, bool *json)
{
	int kept = 1;

	for (int i = 1; i < *argc; i++) {
		if (!strcmp(argv[i], "--json"))
			*json = true;
		else if (argv[i][0] == '-')
			return -1;
		else
			argv[kept++] = argv[i];
	}
	*argc = kept;
	return 0;
}

static void print(json_object *o, bool json, void (*text)(FILE *, json_object *))
{
	if (json) {
		print_json(o);
		return;
	}
	text(stdout, o);
	json_object_put(o);
}

static int run_undo(int argc, char **argv)
{
	struct priv_client c = PRIV_CLIENT_INIT;
	json_object *entry = NULL, *change;
	bool json = false, job = false;
	struct err e;
	int rc;

	if (take_json(&argc, argv, &json) || argc != 2)
		return usage_error(&command_undo, "name one change, as relaydoctor history prints it");
	if (priv_open(&c, &e))
		return failed(&e);
	entry = change_entry(&c, argv[1], &e);
	job = json_flag(entry, "job") == 1;
	json_object_put(entry);
	rc = !entry ? -1 : job ? bulk_undo(&c, argv[1], &e) :
		change_undo(&c, argv[1], &change, &e);
	priv_close(&c);
	if (rc)
		return failed(&e);
	if (job)
		return bulk_follow(argv[1], json);
	print(change, json, text_change);
	return EXIT_FINE;
}

static int run_history(int argc, char **argv)
{
	struct priv_client c = PRIV_CLIENT_INIT;
	bool json = false;
	json_object *all;
	struct err e;
	int rc;

	if (take_json(&argc, argv, &json) || argc != 1)
		return usage_error(&command_history, "it takes no words");
	if (priv_open(&c, &e))
		return failed(&e);
	rc = change_list(&c, &all, &e);
	priv_close(&c);
	if (rc)
		return failed(&e);
	journal_fold(all);
	print(all, json, text_history);
	return EXIT_FINE;
}
