#ifndef CORE_FACTS_H
#define CORE_FACTS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/ip.h"
#include "core/blocking.h"
#include "core/forwarding.h"
#include "core/log_facts.h"
#include "core/ports.h"
#include "core/relay.h"

/*
 * What is true of one server at one moment, as plain data: sources fill it,
 * checks and fixes only read it, nothing in it does I/O. Everything lives in
 * the scan's arena. Times are seconds since 1970 UTC; 0 is "unknown".
 */

/* ---- where facts come from ------------------------------------------- */

#define SOURCES(X) \
	X(DOMAINS, "domains")		/* which there are, and who delivers them */ \
	X(FILES, "files")		/* the server's own lists, line by line */ \
	X(SETTINGS, "settings")		/* the administrator's own file */ \
	X(OWNERS, "owners")		/* userdomains, trueuserowners */ \
	X(ADDRESSES, "addresses")	/* the addresses that are this server's */ \
	X(DNS, "dns") \
	X(ZONES, "zones")		/* name servers, asked themselves */ \
	X(EXIM, "exim")			/* the running configuration, Exim's own answers */ \
	X(DAEMON, "daemon")		/* since when Exim runs, and its configuration stands */ \
	X(RELAY, "relay")		/* the lists of addresses that may relay */ \
	X(PORTS, "ports")		/* who listens here, conversations with our own ports */ \
	X(FIREWALL, "firewall")		/* the rules of the packet filter */ \
	X(CSF, "csf")			/* csf.conf; absent where there is none */ \
	X(RESTRICTIONS, "restrictions")	/* WHM's SMTP Restrictions: setting and flag */ \
	X(BANS, "bans")			/* the lists of banned addresses */ \
	X(HOLDS, "holds")		/* accounts whose outgoing mail is held */ \
	X(QUEUE, "queue")		/* bounces that lie frozen in Exim's queue */ \
	X(FORWARDERS, "forwarders")	/* what turns one address into another */ \
	X(HOMES, "homes")		/* filters, .forward and Sieve scripts in homes */ \
	X(LOG, "log")			/* arrivals in exim_mainlog */ \
	X(WHM, "whm")			/* WHM API and UAPI */

enum source_index {
#define X(id, name) SOURCE_##id,
	SOURCES(X)
#undef X
	NSOURCES
};

enum source {	/* bits, for struct check.needs */
#define X(id, name) SRC_##id = 1u << SOURCE_##id,
	SOURCES(X)
#undef X
	SRC_NONE = 0
};

enum source_state {
	SOURCE_ABSENT,	/* this world cannot have it: its checks are not asked */
	SOURCE_OK,
	SOURCE_FAILED,	/* it should answer and does not: its checks are UNKNOWN */
};

struct source_status {
	enum source_state state;
	const char *why;	/* unless SOURCE_OK */
};

const char *source_name(enum source_index i);

/* ---- DNS -------------------------------------------------------------- */

enum dns_status {
	DNS_UNASKED,
	DNS_OK,		/* at least one record of the type asked for */
	DNS_NODATA,	/* the name exists, the type does not */
	DNS_NXDOMAIN,
	DNS_SERVFAIL,
	DNS_REFUSED,
	DNS_TIMEOUT,
	DNS_MALFORMED,	/* an answer that cannot be read, or another rcode */
};

const char *dns_status_text(enum dns_status s);	/* "NXDOMAIN", "timeout" … */
/* No answer that a verdict could rest on: SERVFAIL, REFUSED, timeout, malformed. */
bool dns_unanswered(enum dns_status s);

enum provider_kind {
	PROVIDER_UNKNOWN,
	PROVIDER_MAILBOX,	/* the mailboxes are there: Google, Microsoft, Zoho … */
	PROVIDER_GATEWAY,	/* filters mail and passes it on */
};

/* A name that MX records point to, looked up once however many domains do. */
struct mx_host {
	const char *name;	/* lower case, no trailing dot */
	const struct ip *ips;	/* of both families */
	uint32_t nips;
	enum dns_status a : 8, aaaa : 8;
	enum provider_kind kind : 8;
	bool is_address : 1;	/* the record names an address instead of a host */
	bool ours : 1;		/* any of ips is this server's */
	bool answer_is_own : 1;	/* AA from a resolver that is this server */
	const char *cname;	/* what it is an alias of, or NULL */
	const char *provider;	/* its registrable domain; NULL: ours or none */
	const char *provider_title;	/* "Google Workspace"; NULL: not in the table */
};

/* How the question for its A records ended or, of IPv6, for AAAA. */
void mx_host_answered(struct mx_host *h, bool ipv6, enum dns_status s);

struct mx {
	uint16_t preference;
	struct mx_host *host;
};

/* ---- domains ---------------------------------------------------------- */

/* Mail that came for the domain, unauthenticated, from other hosts. */
struct arrivals {
	unsigned count;
	int64_t last;
	const char *last_host;		/* as Exim logged it: name and address */
	bool from_provider;		/* one of them: a verified name of the MX's provider */
	const char *provider_host;	/* that one */
};

enum routing_verdict {
	ROUTING_UNJUDGED,	/* a source is missing; see why */
	ROUTING_OK,		/* see why: local, remote, backup, implicit MX */
	ROUTING_LINE_UNUSABLE,	/* D09 its only line cannot be matched by Exim */
	ROUTING_NO_ANSWER,	/* C04 UNKNOWN */
	ROUTING_NXDOMAIN,	/* C21 */
	ROUTING_NOT_PUBLIC,	/* C13 the answer came from this server's own zone: UNKNOWN */
	ROUTING_UNTOLD,		/* D09 the panel did not say how it routes it: UNKNOWN */
	ROUTING_LISTED_TWICE,	/* D03 */
	ROUTING_UNLISTED,	/* D06 */
	ROUTING_GATEWAY,	/* D05 */
	ROUTING_LOCAL_MX_ELSEWHERE,	/* D01 */
	ROUTING_REMOTE_MX_HERE,		/* D02 */
	ROUTING_SHOULD_BE_BACKUP,	/* D04 */
	ROUTING_MX_DEAD,	/* C01, C02, C03: no routing verdict */
	ROUTING_NOT_HOSTED,	/* D07 its mail comes here, no account has it */
};

enum list_id { LIST_LOCAL, LIST_REMOTE, LIST_SECONDARY, NLISTS };

/* A member by the word of another server's panel: no line of a file is known. */
#define LINE_OF_PANEL UINT_MAX

/* What is known of few domains. */
struct domain_more {
	/* A line that names the domain in a way Exim's lookup cannot match. */
	unsigned bad_line[NLISTS];
	const char *bad_why[NLISTS];
	struct arrivals arrivals;
	/* From UAPI Email::list_mxs; mxcheck NULL: not asked or not returned. */
	const char *mxcheck, *detected;
	const char *untold;	/* why another server's panel did not say; or NULL */
	struct zone *zone;	/* core/zone.h; NULL: nobody was asked */
};

struct domain {
	/* What every check looks at, in the first 64 bytes: a server has 100,000. */
	const char *name;	/* lower case, no trailing dot */
	enum routing_verdict routing : 8;	/* mail/verdict */
	enum dns_status mx_status : 8;
	bool null_mx : 1;	/* RFC 7505 */
	bool answer_is_own : 1;	/* AA from a resolver that is this server */
	bool whm_asked : 1, whm_listed : 1;
	bool of_nobody : 1;	/* userdomains names it, as nobody's */
	bool plain : 1;		/* no check has anything to say of it (mail/verdict) */
	uint32_t nmx;
	/* 1-based line in each list, or LINE_OF_PANEL; 0: not a member. */
	unsigned line[NLISTS];
	uint32_t ttl;
	const struct mx *mx;	/* by preference, then name */
	struct mx_host *implicit;	/* the domain itself, when it has no MX */
	const char *owner;	/* account; NULL: userdomains gives it to none */
	const char *routing_why;

	const char *reseller;	/* who owns the account; NULL: unknown */
	struct domain_more *more;	/* or NULL: none of it is known */
};

/* To read it, never NULL; and to write it, made in a where there is none: the domain
 * is plain no more. */
const struct domain_more *domain_more(const struct domain *d);
struct domain_more *domain_more_at(struct domain *d, struct arena *a);
struct zone *domain_zone(const struct domain *d);	/* NULL: nobody was asked */

/* ---- the server ------------------------------------------------------- */

struct file_fact {
	const char *path;	/* as on the server: /etc/localdomains */
	enum source_state state;
	const char *why;	/* unless SOURCE_OK */
	size_t lines;
};

/* A line of a list that names no domain Exim could match. */
struct line_fault {
	enum list_id list;
	unsigned line;
	const char *text;	/* printable, cut */
	const char *why;
};

bool fault_is_pattern(const struct line_fault *fault);	/* "*", "*.d", "^…" */

struct exim_facts {
	const char *version;	/* "4.96" */
	const char *config_file;
	const char *local_domains;	/* definition as -bP prints it */
	const char *relay_domains;
	bool reads[NLISTS];	/* local_domains/relay_domains look the file up */
	bool loose[NLISTS];	/* … so that names which are no lines match too */
	bool names_host;	/* local_domains names the server itself ("@") */
	const char *wild;	/* an item of local_domains that is a pattern; or NULL */
};

/* Times; 0: not known. */
struct exim_daemon {
	unsigned pid;		/* 0: it does not run */
	int64_t started, changed;	/* the process; its configuration file */
	/* The log is read where the process is older than the file: when a daemon last
	 * began by it, which it also does when it reads its configuration anew. */
	int64_t began;
	bool log_covers;	/* it goes back to `changed` */
};

/* A bounce that could not be returned either, in Exim's queue. */
struct frozen_bounce {
	const char *id, *state;	/* of the message; as priv/spool.h writes it */
	const char *to;		/* whom it was for */
	const char *failed;	/* the address that it is about; or NULL */
	int64_t received;
	bool loop;		/* the mail went in circles, it says */
	const char *said;	/* the decisive sentence; or NULL */
};

struct queue_facts {
	const struct frozen_bounce *bounces;	/* by id: the oldest first */
	size_t n;
	bool more;		/* there are others */
};

/* Registrable domains among the judged ones: zones of unrelated owners. Counted
 * only where so many domains got no answer that the resolver may be to blame. */
struct zone_count {
	size_t asked;
	size_t silent;		/* no domain in it got an answer for its MX */
};

/* Fewer zones say nothing about the resolver. */
#define ZONES_TO_JUDGE 20

/* A line of /etc/manualmx: mail for the domain goes to these hosts, past its MX. */
struct manual_route {
	const char *domain;
	unsigned line;
	struct mx_host **hosts;
	size_t nhosts;
	bool special;		/* a port or loopback: a filter on purpose, no exchanger */
	const char *fault;	/* what was not understood: a clause; or NULL */
};

/* A domain of refused recipients that this server does not know. */
struct refusals {
	const char *domain;
	unsigned count;
	int64_t last;
};

/* What the reverse DNS says of an address (PTR). */
struct reverse_name {
	struct ip ip;		/* family 0: there was none to ask about */
	enum dns_status status;
	const char *name;	/* the first by name; NULL without one */
	bool fits;		/* one of the names leads back */
};

/* The server's own name in the public DNS; its MX is f->others' or a domain's. */
struct own_name {
	bool asked;
	struct mx_host host;
	struct reverse_name reverse;	/* of its first own address */
};

/* Hosts whose name ends so hand mail on to this server: the administrator's word. */
struct gateway {
	const char *suffix, *title;
};

/* A finding that the administrator does not want counted: their word (core/mute.h). */
struct mute {
	const char *finding, *by, *reason;
	const char *mark;	/* what it said then */
	int64_t until;		/* the first second in which it counts again */
};

/* Hosts that a probe out is made to, of the administrator's choice. */
#define PROBE_TO_MAX 4

struct facts {
	struct source_status source[NSOURCES];
	int64_t now;
	const char *hostname;
	bool partial;		/* one domain was gathered, the others are not known */
	const char *panel;	/* another server, by its panel at this address; or NULL */
	struct file_fact list[NLISTS], userdomains;
	bool accounts_known;	/* trueuserowners was read: an account without a
				 * reseller does not exist */
	struct line_fault *faults;
	size_t nfaults;
	struct domain *domains;	/* by name */
	size_t ndomains;
	/* Where those are that are not plain, by name; NULL: any may be. */
	const uint32_t *notable;
	size_t nnotable;
	const struct ip *own;	/* interfaces, cpnat, remote services, declared */
	size_t nown;
	struct ip *declared;	/* in the settings, to be this server's */
	size_t ndeclared;
	struct gateway *gateways;
	size_t ngateways;
	struct mute *mutes;
	size_t nmutes;
	struct ip probe_to[PROBE_TO_MAX];
	size_t nprobe_to;
	/* Seconds; 0: never (mail/settings.h). */
	unsigned scan_every, scan_on_change, probe_every;
	/* By the settings: calls of the API that a login may make a minute, 0 where they
	 * do not say; the fixes that one call may plan and apply. */
	unsigned api_rate;
	const char **one_call;
	size_t none_call;
	struct exim_facts exim;
	struct exim_daemon daemon;
	struct queue_facts queue;
	struct relay_facts relay;
	struct port_facts ports;
	struct zone_count zones;
	struct blocking_facts blocking;
	struct forward_facts forwarding;
	struct manual_route *manual;
	size_t nmanual;
	const char *manual_why;	/* why they are not all there is; or NULL */
	const struct refusals *refused;
	size_t nrefused;
	struct own_name own_name;
	/* Looked up beside the judged ones, by name: nobody's domains, that no list
	 * or account names. Only checks that say so look at them. */
	struct domain *others;
	size_t nothers;
	int64_t log_from, log_to;	/* the span that the log look covered */
	struct log_facts log;
};

unsigned facts_available(const struct facts *f);	/* SRC_ bits that are OK */
unsigned facts_absent(const struct facts *f);		/* SRC_ bits this world lacks */
/* DNS was asked and answered for none of the domains. */
bool facts_dns_silent(const struct facts *f);
/* At least half of at least ZONES_TO_JUDGE zones do not answer: the resolver is
 * to blame, not a thousand domains. */
bool facts_resolver_fails(const struct facts *f);
bool facts_own_address(const struct facts *f, const struct ip *ip);
/* What a check of domains goes through: those that are not plain, where it is known
 * which they are. */
size_t facts_nnotable(const struct facts *f);
const struct domain *facts_notable(const struct facts *f, size_t i);
/* NULL when the server does not know it. name in lower case. */
struct domain *facts_domain(const struct facts *f, const char *name);
/* The account's domain that what is said of it is about, the same in every scan: the
 * one with the fewest dots, of those the first. NULL: it has none. */
const struct domain *facts_account_domain(const struct facts *f, const char *account);
/* A judged domain, or one of the others. */
struct domain *facts_domain_or_other(const struct facts *f, const char *name);
const char *list_path(enum list_id l);	/* "/etc/localdomains" … */

#endif
