#include <stdlib.h>
#include <string.h>

#include "mail/iptables_save.h"
#include "mail/packet_walk.h"
#include "mail/ruleset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void ask(const struct fw_ruleset *r, bool out, unsigned char family)
{
	struct fw_packet p = { .out = out, .anyone = true, .dport = 25, .uid = 1001,
		.gid = 1001 };
	struct fw_answer x;

	*(out ? &p.dst : &p.src) = (struct ip){ .family = family };
	packet_walk(r, &p, &x);
	if ((x.verdict == FW_V_UNKNOWN) != (x.why != NULL))
		abort();
	if (x.verdict == FW_V_DROPPED && !x.by.chain)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice text = { (const char *)data, n };
	struct arena a = ARENA_INIT;
	struct fw_ruleset r;
	struct fw_net net;

	if (net_parse(text, &net) && !net_has(&net, &net.from) && !net_has(&net, &net.to) &&
	    memcmp(&net.from, &net.to, sizeof(net.to)) <= 0)
		abort();
	ruleset_init(&r);
	iptables_save_read(text, n & 1 ? FW_V4 : FW_V6, &a, &r);
	ruleset_link(&r);
	for (unsigned char family = 4; family <= 6; family += 2) {
		ask(&r, true, family);
		ask(&r, false, family);
	}
	arena_clear(&a);
	return 0;
}
