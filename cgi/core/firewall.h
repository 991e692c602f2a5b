#ifndef CORE_FIREWALL_H
#define CORE_FIREWALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"

/*
 * A server's packet filter as data, whatever wrote it: iptables (over nf_tables
 * or legacy) and native nftables become the same tables of chains of rules. A
 * part of a rule that is not understood is kept as FW_OTHER, which "might match":
 * nothing is silently passed over. Everything lives in the scan's arena.
 */

enum fw_family { FW_V4 = 1, FW_V6 = 2 };	/* bits */

enum fw_origin {
	FW_IPTABLES,	/* iptables-save over nf_tables */
	FW_LEGACY,	/* iptables-save of the old kernel interface */
	FW_NFT,		/* nft list ruleset, tables that iptables does not show */
};

enum fw_hook { FW_NO_HOOK, FW_PREROUTING, FW_INPUT, FW_FORWARD, FW_OUTPUT,
	FW_POSTROUTING };

enum fw_field {
	FW_OTHER,	/* not understood, or not known of a packet: might match */
	FW_PROTO, FW_SPORT, FW_DPORT, FW_UID, FW_GID,	/* ranges */
	FW_SRC, FW_DST,					/* nets */
	FW_SRC_SET, FW_DST_SET,		/* names[0]: a set of unknown members */
	FW_DST_LOCAL,			/* an address of this server */
	FW_IN, FW_OUT,			/* names; a last '+' or '*' is "any end" */
	FW_STATE,	/* ranges: {1,1} a new connection, {0,0} none of ours */
	FW_TRANSLATED,	/* nat has changed where it goes; without values */
	FW_FLAGS,	/* of TCP; ranges[0] = {mask, wanted} */
	FW_IP_FAMILY,	/* ranges: 4, 6 */
};

struct fw_range { uint32_t from, to; };
struct fw_net { struct ip from, to; };	/* of one family, both ends included */

struct fw_match {
	enum fw_field field;
	bool negated;
	const struct fw_range *ranges;
	const struct fw_net *nets;
	const char *const *names;
	size_t n;	/* of ranges, nets or names */
	struct fw_match *next;
};

enum fw_target {
	FW_CONTINUE,	/* counts, logs, marks: the next rule follows */
	FW_ACCEPT, FW_DROP, FW_REJECT, FW_RETURN, FW_JUMP, FW_GOTO,
	FW_REDIRECT,	/* to this very server */
	FW_DNAT,	/* to another address */
	FW_STRANGE,	/* not understood: anything may follow */
};

/* What a refused connect() gets to see. */
enum fw_reject { FW_REJECT_REFUSED, FW_REJECT_UNREACHABLE };

struct fw_chain;

struct fw_rule {
	const struct fw_match *match;	/* all of them must match; NULL: always */
	enum fw_target target;
	enum fw_reject reject;
	const char *with;	/* REJECT: "tcp-reset" …; JUMP, GOTO: the chain; or NULL */
	const struct fw_chain *chain;	/* of JUMP, GOTO; NULL: there is none */
	uint16_t to_port;	/* REDIRECT, DNAT; 0: the same */
	struct ip to;		/* DNAT; family 0: the same */
	const char *text;	/* as the tool prints it, printable, cut */
	unsigned line;		/* of the tool's output; 0: it has none */
};

struct fw_chain {
	const char *table, *name;
	enum fw_origin origin;
	unsigned families;
	enum fw_hook hook;
	int priority;		/* among the chains of a hook */
	bool nat;		/* rewrites, never filters */
	bool drops;		/* policy, when it has a hook */
	struct fw_rule *rules;
	size_t nrules, cap_rules;
	struct fw_chain *next;
};

/* A part of the ruleset that is there and could not be read. */
struct fw_gap {
	unsigned families;
	bool apart;	/* whole tables: what others drop is dropped all the same */
	const char *why;
	struct fw_gap *next;
};

struct fw_ruleset {
	struct fw_chain *chains, **tail;
	struct fw_gap *gaps;
	size_t nrules;
};

const char *fw_origin_name(enum fw_origin o);	/* "iptables" … */

/* ---- what a packet would meet ----------------------------------------- */

/* The first packet of a TCP connection. */
struct fw_packet {
	bool out;		/* made here; else it arrives */
	struct ip src, dst;
	/* That end (src of one that arrives, dst of one that leaves) stands for
	 * any address that no rule names; its bytes do not count. */
	bool anyone;
	uint16_t dport;
	uint32_t uid, gid;	/* of the socket, when out */
	bool loopback;		/* by lo; else by some other interface */
};

enum fw_verdict {
	FW_V_ACCEPTED, FW_V_DROPPED, FW_V_REJECTED,
	FW_V_REDIRECTED,	/* it reaches this server instead of dst */
	FW_V_SENT_ELSEWHERE,	/* DNAT to a foreign address */
	FW_V_UNKNOWN,
};

/* A rule in its chain; rule NULL: the chain's policy; chain NULL: none. */
struct fw_place {
	const struct fw_chain *chain;
	const struct fw_rule *rule;
};

struct fw_answer {
	enum fw_verdict verdict;
	enum fw_reject reject;
	struct fw_place by;	/* what decided, or left it open */
	struct fw_place via;	/* the rule of a chain with a hook that led there */
	bool by_port;		/* by or a rule on the way there names the port */
	/* Though anyone else is blocked, a rule that names the port lets in the
	 * addresses that it names as well. */
	struct fw_place except;
	const char *why;	/* when UNKNOWN: a clause; else NULL */
};

const char *fw_verdict_name(enum fw_verdict v);	/* "accepted" … */

#endif
