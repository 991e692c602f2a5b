#include "core/firewall.h"

const char *fw_origin_name(enum fw_origin o)
{
	static const char *const names[] = {
		[FW_IPTABLES] = "iptables", [FW_LEGACY] = "iptables-legacy",
		[FW_NFT] = "nft",
	};

	return names[o];
}

const char *fw_verdict_name(enum fw_verdict v)
{
	static const char *const names[] = {
		[FW_V_ACCEPTED] = "accepted", [FW_V_DROPPED] = "dropped",
		[FW_V_REJECTED] = "rejected", [FW_V_REDIRECTED] = "redirected",
		[FW_V_SENT_ELSEWHERE] = "sent elsewhere", [FW_V_UNKNOWN] = "unknown",
	};

	return names[v];
}
