#ifndef CORE_FORWARDING_H
#define CORE_FORWARDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What turns one address into another on this server: forwarders and default
 * addresses (/etc/valiases), domain forwarders (/etc/vdomainaliases), filters of
 * domains (/etc/vfilters), and what lies in homes and acts on mail. Part of struct facts; plain data in the scan's arena,
 * strings printable, addresses in lower case.
 */

#define FORWARD_FILTERS_MAX 200u	/* deliver commands of a domain that are looked at */
/* Copies of the forwarders of the administrator's other servers. */
#define OTHER_VALIASES "/etc/relaydoctor/valiases"
#define FORWARD_EDGES_MAX 4000000u	/* targets; those beyond are not looked at */

enum forward_kind {
	FORWARD_ADDRESS,
	FORWARD_ACCOUNT,	/* a bare name: the account's own mailbox */
	FORWARD_PIPE,
	FORWARD_FILE,
	FORWARD_DISCARD,	/* :blackhole: */
	FORWARD_REFUSE,		/* :fail: */
	FORWARD_DEFER,
	FORWARD_ODD,		/* not understood, or another file (:include:) */
};

/* One target of a line. */
struct forward_edge {
	const char *text;	/* as written, printable; NULL for an address */
	uint32_t to;		/* the node of an address */
	unsigned char kind;	/* enum forward_kind */
};

/*
 * An address that a line forwards, or that one forwards to. "*@domain" is the
 * domain's default address: what has neither a line nor a mailbox goes by it.
 * Whether an address has a mailbox is not known here.
 */
struct forward_node {
	const char *name, *domain;	/* domain points into name */
	uint32_t first, n;	/* its targets, in edges */
	uint32_t loop;		/* the circle it is part of, 1-based; 0: none */
	uint32_t far;		/* that through another server, in far; 0: none */
	unsigned line;		/* in /etc/valiases/DOMAIN; 0: it has none */
	bool here;		/* /etc/localdomains has its domain */
	bool other;		/* its line is another server's: OTHER_VALIASES/DOMAIN */
	bool is_default;
};

/* Addresses that lead to each other through lines here, default addresses left out:
 * at least two. */
struct forward_loop {
	uint32_t first, n;	/* in members */
	/* Exim's word about a circle here, since a line need not keep the mailbox from its
	 * mail: what is sent to any address of it comes to the mailboxes of all; to its own,
	 * at least; or to nobody, of one of them. */
	enum { LOOP_UNTOLD, LOOP_ALL_GET, LOOP_EACH_KEEPS, LOOP_LOSES } fate;
	const char *lost;	/* unless LOOP_LOSES, NULL: which, and Exim's words */
};
#define LOOPS_ASKED 20u		/* circles of which Exim is asked */
#define LOOP_MEMBERS_ASKED 8u	/* not of larger ones */

/* Default addresses that lead to each other, unless one of the addresses between has a
 * mailbox. */
#define DEFAULT_ROUNDS_ASKED 20u	/* of which Exim is asked */

struct default_round {
	const uint32_t *way;	/* nodes: "*@a", x@b, "*@b", y@a */
	uint32_t n;
	/* By Exim: nothing takes the mail, or a mailbox does. */
	enum { ROUND_UNKNOWN, ROUND_CLOSED, ROUND_OPEN } state;
	const char *said;	/* Exim's words, or why it is not known */
};

struct domain_forward {
	const char *domain, *target;	/* target "": not a domain */
	unsigned line;		/* in /etc/vdomainaliases/DOMAIN */
	bool here;
	bool target_here;	/* its target is delivered here, too */
	/* What the domain has of its own, for which the forwarder stands or that it
	 * stands before. */
	const char *default_address;	/* as written; NULL: none, it refuses, or an account
					 * by its name, as the panel sets it up */
	unsigned addresses;	/* with a line in /etc/valiases that leads elsewhere */
	const char *address;	/* one of them, or NULL */
	bool mailboxes_known;	/* the panel told */
	unsigned mailboxes;
	const char *mailbox;	/* one of them, or NULL */
	/* Exim's word about `mailbox`, else `address`: it gets its mail, or the forwarder
	 * takes that, too. */
	enum { DOMAIN_OWN_UNTOLD, DOMAIN_OWN_SPARED, DOMAIN_OWN_TAKEN } own;
};

/* A deliver command in a filter of the domain. */
struct filter_delivery {
	const char *domain, *to;	/* to: as written, printable */
	unsigned line;		/* in /etc/vfilters/DOMAIN */
	bool conditional;	/* it stands behind an "if" */
	bool unseen;		/* a copy: the mail goes its way as well */
	bool outside;		/* not to an address of this server's */
};

/* When the line of an address that was watched in the log was used last; 0: not seen. */
struct forward_use {
	uint32_t node;
	int64_t last;
};

/*
 * What a file in a home does with mail for a mailbox, or for the account's own: one
 * command of it. Exim comes to it after the address's line, when that leaves the
 * mailbox a copy or there is none.
 */
#define HOME_RULES_MAX 20000u		/* that are looked at */

struct home_rule {
	uint32_t from;		/* node: the mailbox, or ACCOUNT@this server's name */
	unsigned line;
	const char *file;	/* "~shopco/etc/shop.example/info/filter" */
	struct forward_edge edge;	/* of FORWARD_ODD and others: text as written */
	bool conditional;	/* it stands behind a test, which is not judged */
	bool copy;		/* the mailbox, or what follows, gets the message as well */
	bool answers;		/* the sender gets a message; edge is of no use */
	bool anew;		/* Sieve sends a new message, in which Exim sees no circle */
};

/* Mail for the address was seen to go round between servers, within a week. */
struct mail_round {
	const char *address;
	unsigned count;
	int64_t last;
	const char *text;	/* what was said of the last one */
};

/* A message that left for an address of another server came back from the host that it
 * had gone to, so many times, and left again. */
struct mail_return {
	const char *address, *to;	/* that it came for; that it left for */
	const char *host, *id;		/* IP address; Message-ID, printable */
	unsigned times;
	int64_t last;
};

/* A program that mail of an account is piped to. */
#define FORWARD_PROGRAMS_MAX 200	/* that are looked for */

enum program_state { PROGRAM_THERE, PROGRAM_MISSING, PROGRAM_DENIED, PROGRAM_ODD };

struct forward_program {
	const char *account, *path;
	enum program_state state;
};

struct forward_facts {
	const struct forward_node *nodes;
	size_t nnodes;
	const struct forward_edge *edges;
	size_t nedges;
	const uint32_t *members;	/* nodes, circle by circle */
	const struct forward_loop *loops;
	size_t nloops;
	/* Circles that lead through this server and another one. */
	const struct forward_loop *far;
	const uint32_t *far_members;
	size_t nfar;
	const struct default_round *default_rounds;
	size_t ndefault_rounds;
	const struct domain_forward *domains;
	size_t ndomains;
	const struct filter_delivery *filters;
	size_t nfilters;
	const struct home_rule *rules;	/* by from, then file and line: SOURCE_HOMES */
	size_t nrules;
	const uint32_t *own;	/* nodes: accounts' own mailboxes that rules act for */
	size_t nown;
	const char *homes_why;	/* which homes, or files in them, were not read; or NULL */
	const struct mail_round *rounds;	/* from the log: SOURCE_LOG */
	size_t nrounds;
	const struct mail_return *returns;	/* from the log */
	size_t nreturns;
	const struct forward_use *uses;		/* from the log, by node */
	size_t nuses;
	int64_t uses_from;	/* where the log begins; 0: not known */
	const struct forward_program *programs;	/* those that could be looked for */
	size_t nprograms;
	/* Files that could not be read, or what was not understood: a sentence; NULL:
	 * this is all there is. */
	const char *why;
	bool srs_known, srs;	/* sender rewriting, by exim.conf.localopts */
};

#endif
