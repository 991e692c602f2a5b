#ifndef MAIL_PACKET_WALK_H
#define MAIL_PACKET_WALK_H

#include "core/firewall.h"

/*
 * What the packet filter does with the first packet of a TCP connection: every
 * chain with a hook on its way, by priority, as the kernel asks them (a drop is
 * final, an accept is for this chain only; nat may send it elsewhere). Matches
 * are yes, no or maybe. Where a maybe would change the end, the verdict is
 * UNKNOWN and names the rule; where all ways end alike it is not.
 *
 * Rates and counts (limit, hashlimit, connlimit) are taken as not exceeded: the
 * question is about one connection, not a flood. Of a filter by reverse path it is
 * taken that the client comes the way that answers to it go.
 *
 * PACKET_STEPS_MAX rules are looked at, jumps nest PACKET_DEPTH_MAX deep; beyond
 * either the verdict is UNKNOWN.
 */
#define PACKET_STEPS_MAX 2000000u
#define PACKET_DEPTH_MAX 32

void packet_walk(const struct fw_ruleset *r, const struct fw_packet *p,
		 struct fw_answer *out);

#endif
