#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/ip.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/local.h"
#include "render/text.h"

static int run(int argc, char **argv);

const struct command_word command_show = {
	.name = "show",
	.usage = "DOMAIN|ADDRESS [--root DIR | --world DIR] [--resolver IP[:PORT]] [--json]",
	.help = "one domain: its mail path, the facts, the findings",
	.run = run,
};

/* The domain of "user@domain", or the word itself. */
static const char *domain_of(const char *word)
{
	const char *at = strrchr(word, '@');

	return at ? at + 1 : word;
}

static int take_options(int argc, char **argv, struct place *p, bool *json)
{
	static const struct option options[] = {
		{ "root", required_argument, NULL, 'r' },
		{ "world", required_argument, NULL, 'w' },
		{ "resolver", required_argument, NULL, 'R' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 }
	};
	struct ip ip;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 'r': p->root = optarg; break;
		case 'w': p->world = optarg; break;
		case 'R': p->resolver = optarg; break;
		case 'j': *json = true; break;
		default: return usage_error(&command_show, "'%.100s' is no option here, or lacks its value",
				      argv[optind - 1]);
		}
	if (optind + 1 != argc)
		return usage_error(&command_show, "name one domain or address");
	if (!text_is_domain(domain_of(argv[optind])) || ip_parse(&ip, argv[optind]))
		return usage_error(&command_show, "'%.100s' is neither a domain nor an address",
				   argv[optind]);
	return 0;
}

static int run(int argc, char **argv)
{
	struct place place = { NULL, NULL, NULL };
	json_object *request, *result = NULL;
	bool json = false;
	struct err e;
	int rc = take_options(argc, argv, &place, &json);

	if (rc)
		return rc;
	request = json_object_new_object();
	json_put_text(request, "op", "domain");
	json_put_text(request, "name", domain_of(argv[optind]));
	rc = place_ask(&place, request, false, &result, &e);
	json_object_put(request);
	if (rc)
		return failed(&e);
	rc = place_status(result);
	if (json)
		print_json(result);
	else {
		text_domain(stdout, result);
		json_object_put(result);
	}
	return rc;
}
