#include <getopt.h>
#include <stdio.h>

#include "base/ip.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/local.h"
#include "cli/probe_relay.h"
#include "render/text.h"

static int bad(const char *value, const char *what)
{
	return usage_error(&command_probe, "'%.100s' is no %s", value, what);
}

static int take(json_object *request, int c)
{
	struct ip ip;
	uint64_t port;

	switch (c) {
	case 'i':
		if (!ip_parse(&ip, optarg))
			return bad(optarg, "IP address");
		json_put_text(request, "ip", optarg);
		return 0;
	case 'p':
		if (!slice_uint(slice_of(optarg), 65535, &port) || !port)
			return bad(optarg, "port");
		json_put_number(request, "port", (int64_t)port);
		return 0;
	case 'a':
		json_put_text(request, "auth", optarg);
		return 0;
	case 'f':
		json_put_text(request, "from", optarg);
		return 0;
	default:
		return request_add(request, "to", optarg);
	}
}

static int take_all(json_object *request, bool *json, int argc, char **argv)
{
	static const struct option options[] = {
		{ "ip", required_argument, NULL, 'i' },
		{ "auth", required_argument, NULL, 'a' },
		{ "port", required_argument, NULL, 'p' },
		{ "from", required_argument, NULL, 'f' },
		{ "to", required_argument, NULL, 't' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 }
	};
	int c, rc = 0;

	opterr = 0;
	while (!rc && (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == '?')
			rc = usage_error(&command_probe, "'%.100s' is no option here, or lacks its value",
					 argv[optind - 1]);
		else if (c == 'j')
			*json = true;
		else
			rc = take(request, c);
	}
	if (rc)
		return rc;
	if (optind < argc)
		return usage_error(&command_probe, "'%.100s' is one word too many", argv[optind]);
	if (!json_text(request, "ip") || !json_text(request, "from") ||
	    !json_member(request, "to"))
		return usage_error(&command_probe, "relay needs --ip, --from and --to");
	return 0;
}

int probe_relay(int argc, char **argv)
{
	const struct place here = { .root = NULL };
	json_object *request = json_object_new_object(), *result = NULL;
	bool json = false;
	struct err e;
	int rc;

	json_put_text(request, "op", "relay");
	rc = take_all(request, &json, argc, argv);
	if (!rc && place_ask(&here, request, false, &result, &e))
		rc = failed(&e);
	json_object_put(request);
	if (!result)
		return rc;
	rc = json_flag(result, "accepted") == 1 ? EXIT_FINE : EXIT_FOUND;
	if (json) {
		print_json(result);
		return rc;
	}
	text_relay(stdout, result);
	json_object_put(result);
	return rc;
}
