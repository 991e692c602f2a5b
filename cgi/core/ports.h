#ifndef CORE_PORTS_H
#define CORE_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/ip.h"

/*
 * What is known of mail's ports: who listens here, how a conversation with each
 * of them went, what the log and a probe say of connections that go out.
 * Strings are in the scan's arena and printable. Part of struct facts.
 */

/* ---- who listens -------------------------------------------------------- */

struct listener {
	struct ip ip;		/* the address bound; all zeros: every one */
	bool any;
	unsigned port;
	uint64_t inode;
	unsigned uid;
	unsigned pid;		/* 0: not found */
	const char *program;	/* its name as the kernel keeps it; NULL: not found */
};

/* A port that the running Exim is configured to serve. */
struct wanted_port {
	struct ip ip;		/* as local_interfaces says; see any */
	bool any;
	unsigned port;
	bool tls_first;		/* TLS before the first word, as on 465 */
	const char *from;	/* the option or file that says so */
};

/* ---- a conversation ----------------------------------------------------- */

enum talk_state {
	TALK_NOT_ASKED,
	TALK_UNKNOWN,		/* no transcript, or one that is not understood */
	TALK_REFUSED,		/* the connection was refused */
	TALK_UNREACHED,		/* no answer to the connection */
	TALK_SILENT,		/* connected; no greeting in time */
	TALK_CLOSED,		/* connected; closed before a greeting */
	TALK_NOT_SMTP,		/* what came was no SMTP */
	TALK_TLS_FAILS,		/* TLS comes first there, and fails */
	TALK_TURNED_AWAY,	/* a greeting of 4xx or 5xx */
	TALK_ANSWERS,
};

enum talk_tls { TALK_TLS_NONE, TALK_TLS_WORKS, TALK_TLS_BROKEN };

/* Whether the certificate is for the name that we are known by. */
enum talk_names { TALK_NAMES_UNTOLD, TALK_NAMES_US, TALK_NAMES_OTHERS };

struct smtp_talk {
	enum talk_state state;
	const char *why;	/* of what is not TALK_ANSWERS, and of a broken end */
	const char *banner;	/* the greeting without its code; NULL: none */
	enum talk_tls tls;
	const char *tls_why;	/* of TALK_TLS_BROKEN */
	const char *tls_version;
	/* The mechanisms that EHLO offered before TLS and within; NULL: none. */
	const char *auth_before, *auth_within;
	bool ehlo_before, ehlo_within;	/* EHLO was answered there */
	const char *certificate;	/* the first name in it; NULL: none seen */
	int64_t certificate_until;	/* 0: not seen */
	enum talk_names names;
};

const char *talk_state_name(enum talk_state s);	/* "answers", "silent" … */

/* One of our ports in one family, asked for or found. */
struct own_port {
	unsigned port;
	int family;			/* 4 or 6 */
	const struct wanted_port *wanted;	/* NULL: only found */
	const struct listener *listener;	/* NULL: nothing listens */
	/* The socket is IPv6's: whether it takes IPv4 too, only a conversation
	 * tells. */
	bool maybe;
	struct ip at;			/* where it was spoken to */
	struct smtp_talk talk;
};

/* ---- connections that go out -------------------------------------------- */

#define OUT_HOSTS 2		/* remembered of each family */

/* What exim_mainlog says of deliveries to port 25 in one family. */
struct out_log {
	unsigned delivered;		/* within OUT_LOG_SPAN before now */
	int64_t last_delivered;		/* at any time; 0: never */
	const char *last_host;
	unsigned timed_out, refused, no_route;	/* attempts, within the span */
	unsigned hosts_failed;		/* different ones, counted to 100 */
	/* Hosts to ask in a probe: unrelated, the latest first. */
	struct ip host[OUT_HOSTS];
	const char *host_name[OUT_HOSTS];
	size_t nhosts;
};

#define OUT_LOG_SPAN 3600

enum out_user { OUT_ROOT, OUT_EXIM, OUT_NOBODY, OUT_ACCOUNT, OUT_USERS };

enum out_result {
	OUT_CONNECTED,
	OUT_TIMED_OUT,
	OUT_RESET,		/* ECONNREFUSED without word of who */
	OUT_REJECTED,		/* an ICMP error; see offender */
	OUT_NO_ROUTE,		/* the kernel knows no way, or has no address for it */
	OUT_FAILED,		/* another errno */
	OUT_NOT_TRIED,		/* its process ended without a word */
};

/* One connection of a probe. */
struct out_try {
	enum out_user user;
	struct ip to;
	unsigned port;
	enum out_result result;
	int error;		/* errno; 0: none */
	unsigned ms;
	struct ip offender;	/* who sent the ICMP error; family 0: not said */
	bool kept_here;		/* no SYN left this server (TCP_INFO) */
	bool ends_here;		/* the other end is a socket of this server */
	const char *banner;	/* the first line it said; NULL: nothing */
};

struct out_probe {
	bool present;
	int64_t at;
	const char *account;	/* of OUT_ACCOUNT; NULL: not tried */
	const struct out_try *tries;
	size_t ntries;
};

/* Another server's own ports as connections from here find them, and the same ports of
 * hosts that are known to answer (mail/outside.h). */
struct outside_facts {
	bool asked;		/* somebody has asked for it */
	const char *why;	/* why nothing was tried; or NULL */
	struct out_probe probe;	/* its tries are nobody's in particular */
};

const char *out_user_name(enum out_user u);	/* "root", "exim", "nobody", "account" */
const char *out_result_name(enum out_result r);	/* "connected", "timeout" … */

struct port_facts {
	const struct listener *listeners;
	size_t nlisteners;
	const struct wanted_port *wanted;
	size_t nwanted;
	const char *wanted_why;	/* what of the configuration is not understood; or NULL */
	const struct own_port *own;	/* by port, then family */
	size_t nown;
	/* Where mail programs fetch mail; asked for by ports_fetch alone. */
	const struct own_port *fetch;
	size_t nfetch;
	bool has6;		/* a public IPv6 address stands on an interface */
	struct out_log log[2];		/* IPv4, IPv6 */
	struct out_probe probe;		/* the last one */
	struct outside_facts outside;
};

#endif
