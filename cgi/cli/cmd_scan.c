#include <getopt.h>
#include <stdio.h>

#include "base/json.h"
#include "cli/command.h"
#include "cli/local.h"
#include "cli/progress.h"
#include "render/text.h"

static int run(int argc, char **argv);

const struct command_word command_scan = {
	.name = "scan",
	.usage = PLACE_USAGE " [--address IP]... "
		"[--domain D]... [--check ID]... [--probe [--control IP]...] [--fresh] [--state DIR] [--json] [--progress]",
	.help = "judge this server (or a directory, a recording, another server) and say what is wrong",
	.about = PLACE_ABOUT
		"\nWhat it judges (everything, unless given; each may come often):\n"
		"  --address IP      another address that is the judged server's\n"
		"  --domain D        a domain that is judged though no list names it\n"
		"  --check ID        only this check; relaydoctor checks lists them\n"
		"  --probe           with --server: connect to ports 25, 465 and 587 of at most two of\n"
		"                    that server's addresses of either family, as the world would, and\n"
		"                    say which are reachable, refused or dropped. Nothing is sent but QUIT\n"
		"  --control IP      with --probe: a host that is known to answer on these ports (of\n"
		"                    either family one), which tells a port that is shut there from\n"
		"                    connections that are kept on this side\n"
		"\nWhat it takes from the scan before:\n"
		"  --fresh           nothing: DNS is asked everything, whatever still holds\n"
		"  --state DIR       what stands in DIR, and keeps there what the next one shall know:\n"
		"                    a directory of mode 0700 of the account that scans. This server's\n"
		"                    own scans keep theirs in /var/lib/relaydoctor/scan, others nothing\n"
		"\nHow it tells it:\n"
		"  --json            the object that the API returns\n"
		"  --progress        on stderr, while it works; on a terminal that is so anyway\n"
		"\nExit status: 0 fine, 1 a critical finding or a warning that is not muted, 2 usage, 3 the\n"
		"domain lists or all DNS could not be read (of another server: its domains, or how it\n"
		"routes them).\n",
	.run = run,
};

struct wish {
	struct place place;
	json_object *request;
	bool json, progress, controlled;
};

/* word: what stands on the command line there. */
static int take_option(struct wish *w, int c, const char *word)
{
	switch (c) {
	case 'j': w->json = true; return 0;
	case 'p': w->progress = true; return 0;
	case 'f': json_put_flag(w->request, "fresh", 1); return 0;
	case 'S': w->place.state = optarg; return 0;
	case 'P': json_put_flag(w->request, "probe", 1); return 0;
	case 'k':
		w->controlled = true;
		return request_add(w->request, "controls", optarg);
	case 'a': return request_add(w->request, "addresses", optarg);
	case 'd': return request_add(w->request, "domains", optarg);
	case 'c': return request_add(w->request, "checks", optarg);
	default: return place_take(&w->place, c, optarg) ? 0 :
		usage_error(&command_scan, "'%.100s' is no option here, or lacks its value", word);
	}
}

static int take_options(struct wish *w, int argc, char **argv)
{
	static const struct option options[] = {
		PLACE_OPTIONS,
		{ "address", required_argument, NULL, 'a' },
		{ "domain", required_argument, NULL, 'd' },
		{ "check", required_argument, NULL, 'c' },
		{ "probe", no_argument, NULL, 'P' },
		{ "control", required_argument, NULL, 'k' },
		{ "fresh", no_argument, NULL, 'f' },
		{ "state", required_argument, NULL, 'S' },
		{ "json", no_argument, NULL, 'j' },
		{ "progress", no_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 }
	};
	int c, rc = 0;

	opterr = 0;
	while (!rc && (c = getopt_long(argc, argv, "", options, NULL)) != -1)
		rc = take_option(w, c, argv[optind - 1]);
	if (!rc && optind < argc)
		rc = usage_error(&command_scan, "'%.100s' is one word too many", argv[optind]);
	if (!rc)
		rc = place_check(&w->place, &command_scan);
	if (!rc && w->place.state && !w->place.root && !w->place.world && !w->place.server)
		rc = usage_error(&command_scan, "--state goes with --root, --world or --server: this server's own scans keep theirs in /var/lib/relaydoctor/scan");
	if (!rc && json_flag(w->request, "probe") == 1 && !w->place.server && !w->place.world)
		rc = usage_error(&command_scan, "--probe goes with --server: a server's own ports are seen from another one alone");
	if (!rc && w->controlled && json_flag(w->request, "probe") != 1)
		rc = usage_error(&command_scan, "--control goes with --probe");
	return rc;
}

static int run(int argc, char **argv)
{
	struct wish w = { .request = json_object_new_object() };
	json_object *result = NULL;
	struct err e;
	int rc = take_options(&w, argc, argv);

	if (rc) {
		json_object_put(w.request);
		return rc;
	}
	json_put_text(w.request, "op", "scan");
	rc = place_ask(&w.place, w.request, w.progress || progress_is_watched(),
		       &result, &e);
	json_object_put(w.request);
	if (rc)
		return failed(&e);
	rc = place_status(result);
	if (w.json)
		print_json(result);
	else {
		result = place_members(result);
		text_findings(stdout, result);
		json_object_put(result);
	}
	return rc;
}
