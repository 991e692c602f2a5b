#ifndef SOURCES_NFT_H
#define SOURCES_NFT_H

#include "base/err.h"
#include "mail/ruleset.h"

/*
 * What `nft -j list ruleset` prints (libnftables-json(5); measured with 1.0.6),
 * added to out. Tables that out has from iptables-save already are passed over:
 * of rules that iptables made nft hides owner, ports and targets. Such a rule in
 * any other table might match and do anything. Named sets and verdict maps are
 * followed as far as their elements are listed. -1 with e when it is no such
 * JSON; then nothing was added. ruleset_link comes after.
 */
int nft_read(struct slice text, struct arena *a, struct fw_ruleset *out,
	     struct err *e);

#endif
