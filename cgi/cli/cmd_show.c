#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/ip.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/local.h"
#include "render/setup_file.h"
#include "render/text.h"

#define FILE_MAX 65536

static int run(int argc, char **argv);

const struct command_word command_show = {
	.name = "show",
	.usage = "DOMAIN|IP|ADDRESS " PLACE_USAGE " [--address IP]... [--json | --as FORMAT]",
	.help = "one domain: its mail path, the facts, the findings; one mail address: where its forwarders lead, and how a mail program is set up for it; one IP address: who blocks it, why",
	.about = PLACE_ABOUT
		"  --address IP      another address that is the judged server's; may come often\n"
		"  --json            the objects that the API returns\n"
		"  --as FORMAT       of a mailbox (name@domain): how a mail program is set up, as the file\n"
		"                    that Thunderbird (autoconfig) or Apple Mail (mobileconfig) reads\n",
	.run = run,
};

/* The domain of "user@domain", or the word itself. */
static const char *domain_of(const char *word)
{
	const char *at = strrchr(word, '@');

	return at ? at + 1 : word;
}

/* No domain ends in a number (RFC 3696, section 2): a mistyped address. */
static bool ends_in_number(const char *word)
{
	const char *dot = strrchr(word, '.'), *last = dot ? dot + 1 : word;

	return *last && last[strspn(last, "0123456789")] == '\0';
}

static int check_subject(const char *word)
{
	static const unsigned char any[16];
	struct ip ip;

	if (ip_parse(&ip, word))
		return memcmp(ip.bytes, any, sizeof(any)) ? 0 :
			usage_error(&command_show, "%s is the address of no host", word);
	if (strchr(word, '/') || strchr(word, '%') || ends_in_number(word))
		return usage_error(&command_show, "'%.100s' is no IP address; one is meant, without a network's length and without an interface",
				   word);
	if (!text_is_domain(domain_of(word)))
		return usage_error(&command_show, "'%.100s' is neither a domain nor an address",
				   word);
	return 0;
}

struct form {
	bool json;
	const struct setup_format *file;	/* or NULL */
};

static int take_format(struct form *form)
{
	form->file = setup_format_find(optarg);
	return form->file ? 0 :
		usage_error(&command_show, "'%.100s' is neither autoconfig nor mobileconfig", optarg);
}

static int take_options(int argc, char **argv, struct place *p, json_object *request,
			struct form *form)
{
	static const struct option options[] = {
		PLACE_OPTIONS,
		{ "address", required_argument, NULL, 'a' },
		{ "json", no_argument, NULL, 'j' },
		{ "as", required_argument, NULL, 'F' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 'a': request_add(request, "addresses", optarg); break;
		case 'j': form->json = true; break;
		case 'F':
			if (take_format(form))
				return EXIT_USAGE;
			break;
		default:
			if (place_take(p, c, optarg))
				break;
			return usage_error(&command_show, "'%.100s' is no option here, or lacks its value",
				      argv[optind - 1]);
		}
	if (optind + 1 != argc)
		return usage_error(&command_show, "name one domain or address");
	if (check_subject(argv[optind]))
		return EXIT_USAGE;
	if (form->file && (form->json || !strchr(argv[optind], '@')))
		return usage_error(&command_show, "--as wants a mailbox as name@domain, and no --json");
	return place_check(p, &command_show);
}

/* The file alone on stdout; why there is none is an error. */
static int print_file(const struct setup_format *file, json_object *result)
{
	json_object *setup = json_member(result, "setup");
	const char *why = setup ? json_text(setup, "why") : json_text(result, "setup_why");
	struct buf b = BUF_INIT(FILE_MAX);
	struct err e;

	if (json_flag(setup, "ready") != 1) {
		err_set(&e, ERR_STALE, "no file can be made: %s", why ? why : "");
		return failed(&e);
	}
	file->put(&b, setup);
	fputs(b.data, stdout);
	buf_free(&b);
	return EXIT_FINE;
}

/* Where it leads, and what its mail program needs. */
static void put_address(json_object *request, const char *address)
{
	json_object *o = json_object_new_string_len(address,
			(int)(strrchr(address, '@') - address));

	json_put_text(request, "address", address);
	json_put_text(request, "mailbox", json_object_get_string(o));
	json_object_put(o);
}

static int run(int argc, char **argv)
{
	struct place place = { .root = NULL };
	json_object *request = json_object_new_object(), *result = NULL;
	struct form form = { .json = false };
	struct err e;
	int rc = take_options(argc, argv, &place, request, &form);
	struct ip ip;
	bool address;

	if (rc) {
		json_object_put(request);
		return rc;
	}
	address = ip_parse(&ip, argv[optind]);
	json_put_text(request, "op", address ? "address" : "domain");
	json_put_text(request, address ? "ip" : "name",
		      address ? argv[optind] : domain_of(argv[optind]));
	if (!address && strchr(argv[optind], '@'))
		put_address(request, argv[optind]);
	else if (!address)
		json_put_flag(request, "map", true);
	rc = place_ask(&place, request, false, &result, &e);
	json_object_put(request);
	if (rc)
		return failed(&e);
	rc = place_status(result);
	if (form.file) {
		rc = print_file(form.file, result);
		json_object_put(result);
	} else if (form.json)
		print_json(result);
	else {
		(address ? text_address : text_domain)(stdout, result);
		json_object_put(result);
	}
	return rc;
}
