#ifndef CLI_LOCAL_H
#define CLI_LOCAL_H

#include <json-c/json.h>
#include <stdbool.h>

#include "cli/command.h"

/* Where a command's answer comes from: --root, --world, --server, or (all NULL)
 * this server through its scan service. */
struct place {
	const char *root, *world, *server, *resolver;
	const char *token_file, *ca;	/* of the server */
	const char *state;	/* not of this server: where scans keep what the next one
				 * shall know; NULL: nowhere */
};

/* The command line's words for it: rows for getopt_long, whose values are told
 * by place_take, and the usage. */
#define PLACE_OPTIONS \
	{ "root", required_argument, NULL, 'r' }, \
	{ "world", required_argument, NULL, 'w' }, \
	{ "server", required_argument, NULL, 's' }, \
	{ "token-file", required_argument, NULL, 't' }, \
	{ "ca", required_argument, NULL, 'C' }, \
	{ "resolver", required_argument, NULL, 'R' }
#define PLACE_USAGE \
	"[--root DIR | --world DIR | --server URL --token-file F [--ca FILE]] [--resolver IP[:PORT]]"

#define PLACE_ABOUT \
	"Where it looks (this server, unless one of these is given):\n" \
	"  --root DIR        the files of a server, below DIR; nothing is taken from this machine\n" \
	"  --world DIR       a recording that relaydoctor record made\n" \
	"  --server URL      another server, through its WHM API: https://HOST[:PORT], port 2087\n" \
	"                    unless named. Its domains and their routing are asked there, the DNS\n" \
	"                    from here. Files, logs and Exim's own answers cannot be had so: checks\n" \
	"                    that need them are not asked.\n" \
	"  --token-file F    with --server: the file with its API token, USER:TOKEN or TOKEN (then\n" \
	"                    root's) on one line, closed to everybody else (mode 0600). The token\n" \
	"                    needs the privileges acct-summary and cpanel-api, and what lets it list\n" \
	"                    the server's addresses (else name them with --address).\n" \
	"  --ca FILE         with --server: the certificates to trust instead of the system's; a\n" \
	"                    server with a self-signed one needs its own here. The certificate and\n" \
	"                    its name are always verified, and nothing switches that off.\n" \
	"  --resolver IP[:PORT]  the resolver to ask, trusted to give the public answer\n"

/* False: c is no option of a place. */
bool place_take(struct place *p, int c, const char *value);
/* EXIT_FINE, or EXIT_USAGE with what does not go together told. */
int place_check(const struct place *p, const struct command_word *c);

/* An option that may come often adds to a list of the request, which whoever
 * answers it looks through. Always 0. */
int request_add(json_object *request, const char *list, const char *value);

/*
 * The answer to a request (engine/ask.h) from that place. A directory or
 * another server is read by this very process; when it is root, it gives root
 * up for good once the files named are open and before anything of a stranger
 * is parsed. tell: how far it is, on stderr.
 */
int place_ask(const struct place *p, json_object *request, bool tell,
	      json_object **result, struct err *e);

/* What is read next was written by strangers: root is given up for good. */
int give_up_root(struct err *e);

/* The same answer with all its members, whoever gave it; o is used up. */
json_object *place_members(json_object *o);
/* EXIT_BLIND, EXIT_FOUND or EXIT_FINE, by what a scan or a look has found. What is
 * muted does not count. */
int place_status(json_object *result);

#endif
