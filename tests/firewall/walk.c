/* walk [-4 FILE] [-6 FILE] [-n FILE] …: rules as iptables-save, ip6tables-save and
 * nft -j print them; each line of standard input asks for one connection:
 *	out ADDRESS PORT UID GID     in ADDRESS PORT
 * ("*4", "*6": an address that no rule names). Answered by one line:
 *	VERDICT[ refused| unreachable]<TAB>the rule, or why it is not known */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "mail/iptables_save.h"
#include "mail/packet_walk.h"
#include "sources/nft.h"

static struct slice whole(const char *path, struct arena *a)
{
	static char text[8 << 20];
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(text, 1, sizeof(text), f) : 0;

	if (!f) {
		perror(path);
		exit(2);
	}
	fclose(f);
	return (struct slice){ arena_strndup(a, text, n), n };
}

static void read_rules(int argc, char **argv, struct arena *a, struct fw_ruleset *r)
{
	struct err e = { .text = "" };

	for (int i = 1; i + 1 < argc; i += 2) {
		struct slice text = whole(argv[i + 1], a);

		if (!strcmp(argv[i], "-n")) {
			if (nft_read(text, a, r, &e))
				ruleset_gap(r, a, FW_V4 | FW_V6, true, e.text);
		} else {
			iptables_save_read(text, argv[i][1] == '6' ? FW_V6 : FW_V4, a, r);
		}
	}
	ruleset_link(r);
}

static void answer(const struct fw_ruleset *r, const struct fw_packet *p)
{
	struct fw_answer x;

	packet_walk(r, p, &x);
	printf("%s%s\t", fw_verdict_name(x.verdict), x.verdict != FW_V_REJECTED ? "" :
	       x.reject == FW_REJECT_REFUSED ? " refused" : " unreachable");
	if (x.why)
		printf("(%s) ", x.why);
	if (x.by.chain)
		printf("%s %s %s: %s", fw_origin_name(x.by.chain->origin),
		       x.by.chain->table, x.by.chain->name,
		       x.by.rule ? x.by.rule->text : "policy");
	if (x.except.chain)
		printf(" (but not %s)", x.except.rule->text);
	putchar('\n');
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct arena a = ARENA_INIT;
	struct fw_ruleset r;
	char line[200], way[4], address[60];
	unsigned port, uid, gid;

	ruleset_init(&r);
	read_rules(argc, argv, &a, &r);
	while (fgets(line, sizeof(line), stdin)) {
		struct fw_packet p = { .out = false };
		struct ip *there;

		uid = gid = 0;
		if (sscanf(line, "%3s %59s %u %u %u", way, address, &port, &uid, &gid) < 3)
			return 2;
		p.out = way[0] == 'o';
		p.dport = (uint16_t)port;
		p.uid = uid;
		p.gid = gid;
		there = p.out ? &p.dst : &p.src;
		p.anyone = *address == '*';
		if (p.anyone)
			there->family = (unsigned char)(address[1] - '0');
		else if (!ip_parse(there, address))
			return 2;
		p.loopback = ip_is_loopback(there);
		answer(&r, &p);
	}
	arena_clear(&a);
	return 0;
}
