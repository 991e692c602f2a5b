#ifndef CORE_BLOCKING_H
#define CORE_BLOCKING_H

#include "base/text.h"
#include "core/firewall.h"

/*
 * Who blocks whom on this server: the packet filter, CSF's configuration, WHM's
 * SMTP restrictions, the lists of banned addresses, the limits on accounts. Part
 * of struct facts; plain data in the scan's arena, strings printable.
 */

/* ---- CSF --------------------------------------------------------------- */

struct port_list {
	const struct fw_range *ranges;
	size_t n;
	bool known;	/* the key is there and was understood */
};

enum csf_ports { CSF_TCP_IN, CSF_TCP_OUT, CSF_TCP6_IN, CSF_TCP6_OUT,
	CSF_SMTP_PORTS, NCSF_PORTS };

struct csf_facts {
	bool disabled;		/* /etc/csf/csf.disable is there */
	bool testing;		/* its rules go again after minutes */
	bool ipv6;
	bool smtp_block, smtp_redirect;
	struct port_list ports[NCSF_PORTS];
	const char *allow_users, *allow_groups;	/* as written; "" */
	/* Countries that are kept out, and those that alone are let in; or NULL. */
	const char *cc_deny, *cc_allow_filter;
};

const char *csf_ports_name(enum csf_ports p);	/* "TCP_OUT" … */
bool port_listed(const struct port_list *l, uint16_t port);

/* ---- WHM's SMTP restrictions ------------------------------------------ */

struct smtp_restrictions {
	/* smtpmailgidonly in cpanel.config, which is 1 where it is not written. */
	bool on;
	bool written;
	bool flag;		/* /var/cpanel/smtpgidonlytweak is there */
};

/* ---- users ------------------------------------------------------------- */

struct system_user {
	const char *name;
	uint32_t uid, gid;
};

/* ---- bans -------------------------------------------------------------- */

#define BAN_LISTS(X) \
	X(CSF_DENY, "/etc/csf/csf.deny", true) \
	X(CSF_TEMPBAN, "/var/lib/csf/csf.tempban", true) \
	X(CSF_ALLOW, "/etc/csf/csf.allow", false) \
	X(CSF_TEMPALLOW, "/var/lib/csf/csf.tempallow", false) \
	X(SPAMMERS, "/etc/spammeripblocks", true) \
	X(COUNTRIES, "/etc/blocked_incoming_email_country_ips", true) \
	X(HULK_BRUTE, "cPHulk: blocked addresses", true) \
	X(HULK_EXCESSIVE, "cPHulk: one-day blocks", true) \
	X(HULK_BLACK, "cPHulk: blacklist", true) \
	X(HULK_WHITE, "cPHulk: whitelist", false)

enum ban_list {
#define X(id, name, blocks) BAN_##id,
	BAN_LISTS(X)
#undef X
	NBAN_LISTS
};

const char *ban_list_name(enum ban_list l);
bool ban_list_blocks(enum ban_list l);	/* else it lets through */

struct ban {
	enum ban_list list;
	struct fw_net net;
	const char *file;		/* which the list includes; NULL: its own */
	unsigned line;			/* 0: not of a file */
	bool out;			/* packets to it, not from it */
	struct port_list ports;		/* n 0: all of them */
	const char *since, *until;	/* as text; NULL: not said */
	const char *text;		/* why: the entry's comment; or NULL */
	struct slice entry;		/* the line as it stands there; of a file */
};

/* How a list was read: OK with no entries where there is no such file. */
struct ban_source {
	bool asked;		/* this world can have it */
	const char *why;	/* it could not be read, or not all of it; or NULL */
	bool part;		/* with why: the rest of it was */
};

struct ban_facts {
	struct ban_source source[NBAN_LISTS];
	const struct ban *one;		/* of a single address, by address */
	size_t none;
	const struct ban *wide;		/* of more than one */
	size_t nwide;
};

/* ---- clients ----------------------------------------------------------- */

/* An address from which somebody sent mail with a password: one of ours. */
struct known_client {
	struct ip ip;
	int64_t last;
	const char *who;	/* A= of the last one: "dovecot_login:u@d" */
};

/* ---- what the packet filter had the kernel log ------------------------- */

#define KERNEL_LOG_DAYS 7u

/* Anybody on the server can write such lines: evidence beside a finding alone. */
struct kernel_hit {
	bool out;
	uint16_t port;
	bool has_uid;
	uint32_t uid;		/* with out: whose program */
	struct ip src;		/* else: from where */
	unsigned count;
	int64_t last;
};

struct kernel_log {
	const char *file;	/* NULL: there is none */
	const struct kernel_hit *hits;
	size_t n;
};

/* ---- limits ------------------------------------------------------------ */

struct hold {
	const char *account;
	bool suspended;		/* its mail is refused; else kept in the queue */
	unsigned line;
};

enum limit_kind { LIMIT_DEFER_FAIL, LIMIT_HOURLY, NLIMITS };

struct limit_hit {
	enum limit_kind kind;
	const char *domain;
	unsigned count;		/* messages of the last day that met it */
	unsigned discarded;	/* of them; the others wait */
	int64_t last;
	const char *text;	/* what Exim said of the last one */
};

/* Domains for which cPanel's file max_deferfail_DOMAIN is there. That
 * it goes with LIMIT_DEFER_FAIL is known; what it holds and how long it counts
 * is written nowhere. */
#define DEFER_MARK "/var/cpanel/email_send_limits/max_deferfail_"

struct defer_marks {
	const char *const *domains;	/* by name */
	size_t n;
	const char *why;		/* they could not be read; or NULL */
};

/* ----------------------------------------------------------------------- */

struct blocking_facts {
	struct fw_ruleset rules;
	const struct system_user *users;	/* by name */
	size_t nusers;
	struct csf_facts csf;
	struct smtp_restrictions restrictions;
	struct ban_facts bans;
	const struct known_client *clients;	/* by family, then address */
	size_t nclients;
	/* The one address that a look was asked for; NULL: the server is looked at. */
	const struct ip *asked;
	struct kernel_log kernel;
	const struct hold *holds;
	size_t nholds;
	const struct limit_hit *limits;
	size_t nlimits;
	struct defer_marks marks;
};

/* The bans that hold the address, up to max, most exact first; how many. */
size_t bans_of(const struct ban_facts *b, const struct ip *ip,
	       const struct ban **out, size_t max);
/* NULL when the server has no such user. */
const struct system_user *blocking_user(const struct blocking_facts *b,
					const char *name);

#endif
