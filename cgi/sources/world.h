#ifndef SOURCES_WORLD_H
#define SOURCES_WORLD_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "core/facts.h"

/*
 * The only door to the outside. Four worlds implement it: live (helper, local
 * resolver), root (a directory, DNS through a given resolver), remote (another
 * server through its WHM API, DNS from here) and recording (a replay).
 *
 * A method that this world cannot have is NULL: its source is ABSENT. One that
 * should answer and fails returns -1: its source is FAILED with e's text.
 */

/* Files a world can be asked for, by row: the name on the wire to the helper
 * and the path on the server (NULL: a log's rotation, base/rotation.h). A path that
 * ends in '/' is a directory, whose files come as one text, and one that ends in
 * '*' names of files alone (base/pack.h). */
#define WORLD_FILES(X) \
	X(LOCALDOMAINS, "localdomains", "/etc/localdomains", 16) \
	X(REMOTEDOMAINS, "remotedomains", "/etc/remotedomains", 16) \
	X(SECONDARYMX, "secondarymx", "/etc/secondarymx", 16) \
	X(USERDOMAINS, "userdomains", "/etc/userdomains", 32) \
	X(TRUEUSEROWNERS, "trueuserowners", "/etc/trueuserowners", 16) \
	X(DOMAINIPS, "domainips", "/etc/domainips", 16) \
	X(IPS, "ips", "/etc/ips", 1) \
	X(MAINIP, "mainip", "/var/cpanel/mainip", 1) \
	X(CPNAT, "cpnat", "/var/cpanel/cpnat", 1) \
	X(WWWACCT, "wwwacct", "/etc/wwwacct.conf", 1) \
	X(CHKSERVD, "chkservd", "/etc/chkserv.d/chkservd.conf", 1) \
	X(CSF_CONF, "csf_conf", "/etc/csf/csf.conf", 1) \
	X(CSF_DISABLE, "csf_disable", "/etc/csf/csf.disable", 1) \
	X(CSF_DENY, "csf_deny", "/etc/csf/csf.deny", 64) \
	X(CSF_ALLOW, "csf_allow", "/etc/csf/csf.allow", 64) \
	/* What these two include, as priv/included.h puts it together. */ \
	X(CSF_DENY_MORE, "csf_deny_included", "/etc/csf/csf.deny (included)", 64) \
	X(CSF_ALLOW_MORE, "csf_allow_included", "/etc/csf/csf.allow (included)", 64) \
	X(CSF_TEMPBAN, "csf_tempban", "/var/lib/csf/csf.tempban", 16) \
	X(CSF_TEMPALLOW, "csf_tempallow", "/var/lib/csf/csf.tempallow", 16) \
	X(CPANEL_CONFIG, "cpanel_config", "/var/cpanel/cpanel.config", 1) \
	X(SMTP_FLAG, "smtp_flag", "/var/cpanel/smtpgidonlytweak", 1) \
	X(SPAMMERS, "spammers", "/etc/spammeripblocks", 16) \
	X(COUNTRIES, "countries", "/etc/blocked_incoming_email_country_ips", 64) \
	X(HOLD_USERS, "hold_users", "/etc/outgoing_mail_hold_users", 1) \
	X(SUSPENDED_USERS, "suspended_users", "/etc/outgoing_mail_suspended_users", 1) \
	X(DEFER_MARKS, "defer_marks", "/var/cpanel/email_send_limits/max_deferfail_*", 16) \
	X(PASSWD, "passwd", "/etc/passwd", 16) \
	X(LFD_LOG, "lfd_log", "/var/log/lfd.log", 1 << 20) \
	X(KERNEL_MESSAGES, "kernel_messages", "/var/log/messages", 1 << 20) \
	X(KERNEL_LOG, "kernel_log", "/var/log/kern.log", 1 << 20) \
	X(MANUALMX, "manualmx", "/etc/manualmx", 16) \
	X(RELAYHOSTS, "relayhosts", "/etc/relayhosts", 1) \
	X(ALWAYSRELAY, "alwaysrelay", "/etc/alwaysrelay", 1) \
	X(TRUSTED_HOSTS, "trustedmailhosts", "/etc/trustedmailhosts", 1) \
	X(UNCHECKED_HOSTS, "skipsmtpcheckhosts", "/etc/skipsmtpcheckhosts", 1) \
	X(BACKUP_HOSTS, "backupmxhosts", "/etc/backupmxhosts", 1) \
	X(REMOTE_MAIL, "ips_remotemail", "/etc/ips.remotemail", 1) \
	X(VALIASES, "valiases", "/etc/valiases/", 512) \
	X(VDOMAINALIASES, "vdomainaliases", "/etc/vdomainaliases/", 64) \
	X(VFILTERS, "vfilters", "/etc/vfilters/", 256) \
	/* Copies of other servers' forwarders, if the administrator keeps them here. */ \
	X(OTHER_VALIASES, "other_valiases", "/etc/relaydoctor/valiases/", 256) \
	X(EXIM_LOCALOPTS, "exim_localopts", "/etc/exim.conf.localopts", 1) \
	X(SETTINGS, "settings", "/etc/relaydoctor/relaydoctor.conf", 1) \
	X(PROBE, "probe", "/var/lib/relaydoctor/probe", 1) \
	X(EXIM_MAINLOG, "exim_mainlog", "/var/log/exim_mainlog", 1 << 20) \
	X(EXIM_MAINLOG_1, "exim_mainlog_1", NULL, 1 << 20) \
	X(EXIM_MAINLOG_2, "exim_mainlog_2", NULL, 1 << 20) \
	X(EXIM_MAINLOG_3, "exim_mainlog_3", NULL, 1 << 20) \
	X(EXIM_MAINLOG_4, "exim_mainlog_4", NULL, 1 << 20) \
	X(EXIM_MAINLOG_5, "exim_mainlog_5", NULL, 1 << 20) \
	X(EXIM_MAINLOG_6, "exim_mainlog_6", NULL, 1 << 20) \
	X(EXIM_MAINLOG_7, "exim_mainlog_7", NULL, 1 << 20) \
	X(EXIM_REJECTLOG, "exim_rejectlog", "/var/log/exim_rejectlog", 1 << 20) \
	X(EXIM_REJECTLOG_1, "exim_rejectlog_1", NULL, 1 << 20) \
	X(EXIM_PANICLOG, "exim_paniclog", "/var/log/exim_paniclog", 1 << 20) \
	X(MAILLOG, "maillog", "/var/log/maillog", 1 << 20) \
	X(MAILLOG_1, "maillog_1", NULL, 1 << 20)

enum world_file {
#define X(id, row, path, mib) WORLD_##id,
	WORLD_FILES(X)
#undef X
	NWORLD_FILES
};

struct world_file_row {
	const char *row, *path;
	uint64_t max_size;	/* bytes */
};

extern const struct world_file_row world_files[NWORLD_FILES];

struct dns_question {
	const char *name;	/* no trailing dot needed */
	uint16_t type;		/* ns_t_mx, ns_t_a, ns_t_aaaa, ns_t_ns, ns_t_ptr, ns_t_soa */
	/* The name server that is asked itself, without recursion; family 0: the
	 * resolver. Not to be used where resolver_is_public. */
	struct ip server;
};

struct world;

/*
 * A batch of questions, any number in flight. next() gives the next question or
 * false when there is none *now*; answer() gets each one's end exactly once and
 * may make next() have more. packet is the raw answer (NULL unless status is
 * DNS_OK, i.e. some answer arrived); it lives during the call only.
 * The batch ends when nothing is in flight and next() says false. tick() is called
 * every now and then while answers are waited for.
 */
struct dns_batch {
	bool (*next)(struct dns_batch *b, struct dns_question *q, void **tag);
	void (*answer)(struct dns_batch *b, void *tag, enum dns_status status,
		       const unsigned char *packet, size_t n);
	void (*tick)(struct dns_batch *b);	/* or NULL */
};

/* Commands whose text a world can give; all read-only. */
enum world_command {
	WORLD_EXIM_BV,		/* exim -bV */
	WORLD_EXIM_BP,		/* exim -bP +local_domains +relay_domains … */
	WORLD_EXIM_DAEMON,	/* since when Exim runs: mail/exim_daemon.h */
	WORLD_EXIM_BT,		/* exim -bt -- ADDRESS…; arg: address, arg2: more, one
				 * blank apart, at most WORLD_BT_MORE bytes, or NULL */
	WORLD_EXIM_BH,		/* exim -bh: a session as if from a client (mail/exim_bh.h);
				 * arg: "CLIENT SERVER PORT AUTHENTICATOR USER", the last
				 * two "-" without a login, arg2: "SENDER RECIPIENT…", "<>"
				 * for none, at most WORLD_BT_MORE bytes. Live only. */
	WORLD_LISTENING,	/* who listens on TCP: mail/listening.h */
	WORLD_PROBE_OUT,	/* connections to others, only when asked for:
				 * mail/probe.h; arg: targets, arg2: ports */
	WORLD_LIST_MXS,		/* uapi --user=ACCOUNT Email list_mxs; arg: account */
	WORLD_LIST_POPS,	/* uapi … Email list_pops_with_disk; arg: account, arg2: domain */
	WORLD_FILTER_RULES,	/* the packet filter's rules; arg: which tool lists them */
	WORLD_CPHULK,		/* whmapi1 reads of cPHulk; arg: which */
	WORLD_MAILBOX_STATUS,	/* uapi … Mailboxes get_mailbox_status_list; arg: account, arg2: address */
	WORLD_MX_RECORDS,	/* the helper's own: "SERIAL MX-TEXT"; arg: account, arg2: domain */
	WORLD_LOCAL_AUTHORITY,	/* uapi … DNS has_local_authority; arg: account, arg2: domain */
	WORLD_PROGRAM,		/* can an account start it? arg: account, arg2: path; one
				 * word, as priv/program.h says */
	WORLD_HOME_MAIL,	/* filters and scripts in a home: base/pack.h, names as
				 * priv/home_mail.h says; arg: account */
	WORLD_FROZEN,		/* bounces frozen in Exim's queue: mail/frozen_list.h */
	WORLD_FILTER_STATE,	/* the helper's own, of a filter: priv/filters.h; arg: account,
				 * arg2: "FROM>TO" */
	NWORLD_COMMANDS
};

/* The helper's verb for a command, and its name in a recording. */
const char *world_command_name(enum world_command c);

/* A mail port of this server, to be spoken to. */
struct smtp_place {
	struct ip ip;
	unsigned port;
	bool tls_first;
	const char *helo;	/* what we call ourselves; NULL: "localhost" */
};

#define WORLD_BT_MORE 511

struct world_question {
	enum world_command command;
	const char *arg, *arg2;		/* or NULL */
};

struct world_mode {
	unsigned mode;		/* permission bits */
	unsigned uid;
};

struct world_ops {
	const char *kind;	/* "live", "root", "remote", "recording" */
	/* The text of another server's reply to a call of its WHM API 1, added to
	 * reply. form: the arguments, encoded. A call may be sent twice: reads
	 * only. A world that has this judges that server by it (sources/panel),
	 * and has neither files nor commands. */
	int (*whm)(struct world *w, const char *function, const char *form,
		   struct buf *reply, struct err *e);
	/* A readable descriptor at offset 0, which the caller closes. mode gets
	 * the file's mode and owner on the server (not those of a copy). */
	int (*file)(struct world *w, enum world_file f, struct world_mode *mode,
		    struct err *e);
	/* The command's standard output, NUL-terminated in a. ERR_NOT_FOUND where
	 * the server has no such program, or the recording is older than it. */
	int (*command)(struct world *w, enum world_command c, const char *arg,
		       const char *arg2, struct arena *a, char **out, size_t *n,
		       struct err *e);
	/* Of a world without commands: whether a program is there at an absolute path,
	 * by the words of WORLD_PROGRAM. NULL: not known. */
	const char *(*program)(struct world *w, const char *path);
	/* See world_ahead; NULL: this world gains nothing by it. */
	void (*ahead)(struct world *w, const struct world_question *q, size_t n,
		      void (*progress)(void *ctx, size_t done, size_t total),
		      void *ctx);
	int (*dns)(struct world *w, struct dns_batch *b, struct err *e);
	/* The resolver's addresses; used to tell an answer of our own. */
	int (*resolvers)(struct world *w, struct ip *out, size_t max, size_t *n,
			 struct err *e);
	/* Interface addresses. */
	int (*addresses)(struct world *w, struct arena *a, struct ip **out,
			 size_t *n, struct err *e);
	/* The transcript of a conversation (mail/smtp_talk.h), NUL-terminated in a. */
	int (*talk)(struct world *w, const struct smtp_place *to, struct arena *a,
		    char **out, size_t *n, struct err *e);
	/* How connections from here to another server's mail ports went, NUL-terminated in
	 * a: lines for mail/probe.h. Of a world that is another server. */
	int (*reach)(struct world *w, const struct ip *to, size_t count, struct arena *a,
		     char **out, size_t *n, struct err *e);
	void (*close)(struct world *w);
};

struct world {
	const struct world_ops *ops;
	int64_t now;
	bool resolver_is_public;	/* given by --resolver: trusted as public */
	const char *resolver;		/* as it was given; NULL: the system's */
	/* Where scans of this world keep what the next one shall know: answers,
	 * findings. NULL: nowhere. */
	const char *state_dir;
	const char *hostname;		/* NULL: read from the world's files */
	const char *panel;		/* the address of ops->whm's server, or NULL */
};

/* What fstat says of fd. */
struct world_mode world_mode_of(int fd);

/* A whole file, in a. ERR_NOT_FOUND when this world has no such file. */
int world_text(struct world *w, enum world_file f, struct arena *a,
	       struct slice *out, struct err *e);

/*
 * These commands will be asked next: where programs have to be started for them,
 * several are started at a time now, and each is answered once with what came.
 */
void world_ahead(struct world *w, const struct world_question *q, size_t n,
		 void (*progress)(void *ctx, size_t done, size_t total), void *ctx);

/* The four worlds; each is closed by world->ops->close. */

/* This server: files, commands and WHM through the helper, the system's
 * resolver or the one given ("IP[:PORT]", trusted as public). */
struct world *world_live(const char *resolver, struct err *e);

/* A directory that holds a server's files. All are opened here and now, so
 * that the caller may drop its privileges before anything in them is parsed.
 * resolver NULL: this world has no DNS. */
struct world *world_root(const char *dir, const char *resolver, struct err *e);

/*
 * Another server, asked at its WHM API with a token; DNS is asked from here.
 * All files named are read here and now, so that the caller may drop its
 * privileges before a byte of the server's is parsed. The token's file must be
 * ours or root's and nobody else's to read or write. ca: a file of certificates
 * to trust instead of the system's, or NULL. probes: its mail ports will be connected
 * to, too. Nothing is sent yet.
 */
struct world *world_remote(const char *url, const char *token_file, const char *ca,
			   const char *resolver, bool probes, struct err *e);

/* What `relaydoctor record` wrote. */
struct world *world_recording(const char *dir, struct err *e);

#endif
