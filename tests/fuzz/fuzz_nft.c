#include "mail/packet_walk.h"
#include "sources/nft.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct fw_packet p = { .out = true, .anyone = true, .dst = { .family = 4 },
		.dport = 25, .uid = 1001, .gid = 1001 };
	struct arena a = ARENA_INIT;
	struct fw_ruleset r;
	struct fw_answer x;
	struct err e;

	ruleset_init(&r);
	nft_read((struct slice){ (const char *)data, n }, &a, &r, &e);
	ruleset_link(&r);
	packet_walk(&r, &p, &x);
	arena_clear(&a);
	return 0;
}
