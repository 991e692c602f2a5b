#ifndef CORE_RELAY_H
#define CORE_RELAY_H

#include <stddef.h>

#include "core/firewall.h"

/* What Exim did in a test session with an address of a list's network. */
enum relay_proof {
	RELAY_UNTOLD,		/* it could not be asked: why */
	RELAY_GRANTS,		/* it would relay for it, by that list */
	RELAY_REFUSES,		/* it would not, or by another list, which then is told */
};

/* A network in a list of client addresses that is wider than one site's: shorter
 * than /29, or /64 in IPv6, and not this server itself. Or one address alone. */
struct relay_net {
	const char *path;
	unsigned line;		/* 1-based */
	unsigned again;		/* further lines of that file that say the same */
	const char *text;	/* the key as it stands there */
	const char *line_text;	/* the whole line; NULL: too long, or not printable */
	struct fw_net net;
	unsigned prefix;	/* 32, or 128: one address */
	enum relay_proof proof;
	const char *why;
	struct ip tried;	/* family 0: what another line of the file showed holds */
	const char *acl_file;	/* where the deciding verb stands */
	unsigned acl_line;
	/* When mail last came from it without a login, by the log (f->log_from …); 0:
	 * none did. Seen of the first RELAY_USE_MAX only. */
	int64_t used;
};

#define RELAY_USE_MAX 256	/* single addresses beyond it are left out */

/* One client address that shall relay: what Exim says of it now, for a preview. */
struct relay_trust {
	struct ip ip;
	const char *why;	/* it could not be asked; NULL: it was */
	bool accepted;		/* it relays for it without a login already */
	const char *reply;	/* "550 …" */
	/* A list that a person keeps and that the deciding ACL accepts by: its file.
	 * NULL: none was seen. */
	const char *path;
	bool lookup;		/* read as iplsearch, where IPv6 is quoted */
};

#define RELAY_NETS_MAX 1000

struct relay_facts {
	struct relay_net *nets;		/* the widest first */
	size_t n;
	size_t odd;		/* beyond RELAY_NETS_MAX, or RELAY_USE_MAX single ones */
	/* The log has arrivals of which it is not sure whence or when they came. */
	bool use_unsure;
};

#endif
