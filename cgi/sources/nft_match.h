#ifndef SOURCES_NFT_MATCH_H
#define SOURCES_NFT_MATCH_H

#include <json-c/json.h>

#include "mail/ruleset.h"

/* Between nft.c and nft_match.c: the expressions of one rule as matches. */

struct nft_reader {
	struct arena *a;
	struct fw_ruleset *out;
	json_object *list;	/* everything that nft listed */
};

struct nft_rule {
	struct nft_reader *r;
	struct arena *a;
	const struct fw_chain *chain;
	struct fw_rule *rule;
};

/* {"op", "left", "right"} */
void nft_match(struct nft_rule *n, json_object *o);
/* left == right, as a key of a map has it. */
void nft_equals(struct nft_rule *n, json_object *left, json_object *right);
/* The "elem" array of a set or map of the chain's table; NULL: not listed. */
json_object *nft_named_set(struct nft_reader *r, const struct fw_chain *c,
			   const char *name);

#endif
