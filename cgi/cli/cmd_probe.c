#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/ip.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/local.h"
#include "cli/probe_relay.h"
#include "render/text.h"
#include "render/view_ports.h"

static int run(int argc, char **argv);

const struct command_word command_probe = {
	.name = "probe",
	.usage = "port [PORT | IP:PORT] [--json] | out [--account NAME] [--to IP]... [--json] | relay --ip IP [--auth USER] [--port P] --from A --to B... [--json]",
	.help = "who answers on our own mail ports; connect to those of others, as several users; would Exim take this mail",
	.run = run,
};

/* ---- words -------------------------------------------------------------- */

static bool is_port(struct slice s, unsigned *port)
{
	uint64_t n;

	if (!slice_uint(s, 65535, &n) || !n)
		return false;
	*port = (unsigned)n;
	return true;
}

static bool is_probed(unsigned port)
{
	static const unsigned ports[] = { 25, 465, 587, 2525 };

	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++)
		if (ports[i] == port)
			return true;
	return false;
}

/* "192.0.2.1:25", "[2001:db8::1]:25" */
static bool is_place(const char *word, char host[IP_TEXT_MAX], unsigned *port)
{
	const char *colon = strrchr(word, ':');
	size_t n = colon ? (size_t)(colon - word) : 0;
	struct ip ip;

	if (!colon || !is_port(slice_of(colon + 1), port))
		return false;
	if (*word == '[' && n > 2 && colon[-1] == ']')
		word++, n -= 2;
	else if (memchr(word, ':', n))
		return false;
	if (n >= IP_TEXT_MAX)
		return false;
	snprintf(host, IP_TEXT_MAX, "%.*s", (int)n, word);
	return ip_parse(&ip, host);
}

static void add_host(json_object *request, const char *host)
{
	json_object *hosts = json_member(request, "hosts");

	if (!hosts) {
		hosts = json_object_new_array();
		json_object_object_add(request, "hosts", hosts);
	}
	json_object_array_add(hosts, json_new_text(host));
}

/* ---- the two of them ---------------------------------------------------- */

static int take_port(json_object *request, int argc, char **argv)
{
	char host[IP_TEXT_MAX];
	unsigned port = 0;

	json_put_text(request, "op", "ports");
	if (argc > 1)
		return usage_error(&command_probe, "'%.100s' is one word too many", argv[1]);
	if (argc == 1 && is_place(argv[0], host, &port)) {
		if (!is_probed(port))
			return usage_error(&command_probe, "of other hosts only the ports 25, 465, 587 and 2525 are probed");
		json_put_text(request, "op", "probe");
		add_host(request, host);
	} else if (argc == 1 && !is_port(slice_of(argv[0]), &port)) {
		return usage_error(&command_probe, "'%.100s' is neither a port nor an IP address with one, as 192.0.2.1:25 or [2001:db8::1]:25",
				   argv[0]);
	}
	if (port)
		json_put_number(request, "port", port);
	return 0;
}

static int take_out(json_object *request, int argc, char **argv)
{
	(void)request;
	json_put_text(request, "op", "probe");
	return argc ? usage_error(&command_probe, "'%.100s' is one word too many", argv[0]) : 0;
}

static const struct {
	const char *word;
	bool options;		/* --account and --to */
	int (*take)(json_object *request, int argc, char **argv);
} kinds[] = {
	{ "port", false, take_port },
	{ "out", true, take_out },
};

#define NKINDS (sizeof(kinds) / sizeof(*kinds))

static int take_option(json_object *request, int c, const char *word)
{
	struct ip ip;

	if (c == 'a' && text_is_account(optarg)) {
		json_put_text(request, "account", optarg);
		return 0;
	}
	if (c == 't' && ip_parse(&ip, optarg)) {
		add_host(request, optarg);
		return 0;
	}
	return c == 'a' ? usage_error(&command_probe, "'%.100s' is no account's name", optarg) :
		c == 't' ? usage_error(&command_probe, "'%.100s' is no IP address; names, networks and zones are not taken", optarg) :
		usage_error(&command_probe, "'%.100s' is no option here, or lacks its value", word);
}

static int take_options(json_object *request, bool *json, int argc, char **argv)
{
	static const struct option options[] = {
		{ "account", required_argument, NULL, 'a' },
		{ "to", required_argument, NULL, 't' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 }
	};
	int c, rc = 0;

	opterr = 0;
	while (!rc && (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'j')
			*json = true;
		else
			rc = take_option(request, c, argv[optind - 1]);
	}
	return rc;
}

static int take_words(json_object *request, bool *json, int argc, char **argv)
{
	size_t k = 0;
	int rc = take_options(request, json, argc, argv);

	if (rc)
		return rc;
	while (k < NKINDS && (optind >= argc || strcmp(argv[optind], kinds[k].word)))
		k++;
	if (k == NKINDS)
		return usage_error(&command_probe, "say what: port, out or relay");
	if (!kinds[k].options && (json_member(request, "account") ||
				  json_member(request, "hosts")))
		return usage_error(&command_probe, "--account and --to belong to probe out");
	return kinds[k].take(request, argc - optind - 1, argv + optind + 1);
}

static int run(int argc, char **argv)
{
	const struct place here = { .root = NULL };
	json_object *request, *result = NULL;
	bool json = false;
	struct err e;
	int rc;

	if (argc > 1 && !strcmp(argv[1], "relay"))
		return probe_relay(argc - 1, argv + 1);
	request = json_object_new_object();
	rc = take_words(request, &json, argc, argv);
	if (!rc && place_ask(&here, request, false, &result, &e))
		rc = failed(&e);
	json_object_put(request);
	if (!result)
		return rc;
	rc = view_ports_shut(result) ? EXIT_FOUND : EXIT_FINE;
	if (json) {
		print_json(result);
		return rc;
	}
	(json_member(result, "out") ? text_probe : text_ports)(stdout, result);
	json_object_put(result);
	return rc;
}
