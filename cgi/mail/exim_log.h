#ifndef MAIL_EXIM_LOG_H
#define MAIL_EXIM_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/text.h"

/*
 * One line of Exim's main, reject or panic log (specification chapter 53; read
 * in the source and measured with 4.96 to 4.99), also as syslog writes it. Most
 * of a line is what strangers sent, unescaped: a HELO can hold anything, a whole
 * log line too. So a field counts only in its own position, and the client's
 * address only when the line can be read in one way.
 *
 * Slices point into the line, which can hold any byte. A slice whose p is NULL:
 * the line does not say; with p and n = 0 it says "nothing" ("<>"). Nothing is
 * allocated.
 */

/* Exim's own lines have at most 8 KiB; a longer one is read so far. */
#define EXIM_LOG_LINE_MAX 16384
#define EXIM_LOG_FIELDS 24	/* more K=value in one line are not told */
#define EXIM_LOG_CANDIDATES 8	/* readings that are told apart */

enum exim_log_type {
	EXIM_LOG_OTHER,		/* none of these */
	EXIM_LOG_CONTINUATION,	/* a line without time: what the one before began */
	EXIM_LOG_ARRIVAL,	/* <= or (= */
	EXIM_LOG_DELIVERY,	/* => -> >> *> */
	EXIM_LOG_FAIL,		/* ** */
	EXIM_LOG_DEFER,		/* == */
	EXIM_LOG_COMPLETED,
	EXIM_LOG_FROZEN,	/* and no longer frozen */
	EXIM_LOG_REJECT,	/* a command or a message was refused */
	EXIM_LOG_REJECT_EARLY,	/* … before a greeting */
	EXIM_LOG_SENDER_VERIFY,
	EXIM_LOG_AUTH_FAIL,	/* a client's login failed */
	EXIM_LOG_AUTH_FAIL_OUT,	/* our login at another server failed */
	EXIM_LOG_HOST_ERROR,	/* one host of a delivery; the verdict follows */
	EXIM_LOG_CONNECTION,
	EXIM_LOG_DISCONNECT,
	EXIM_LOG_SMTP_DROPPED,
	EXIM_LOG_SMTP_SYNTAX_ERROR,
	EXIM_LOG_SMTP_PROTOCOL_ERROR,
	EXIM_LOG_SMTP_SYNC_ERROR,
	EXIM_LOG_SMTP_TIMEOUT,
	EXIM_LOG_INCOMPLETE,	/* a transaction without end */
	EXIM_LOG_NO_MAIL,
	EXIM_LOG_NO_PTR,
	EXIM_LOG_PTR_NO_IP,
	EXIM_LOG_REFUSED,
	EXIM_LOG_TLS_ERROR,
	EXIM_LOG_ACL_WARN,
	EXIM_LOG_QUEUE_RUN,
	EXIM_LOG_QUEUED,
	EXIM_LOG_DAEMON_START,
	EXIM_LOG_ADMIN,		/* somebody's hand in the queue */
	EXIM_LOG_DKIM,
	EXIM_LOG_ARGS,		/* a call of Exim: cwd=… */
	EXIM_LOG_TYPES
};

/* A time as the log writes it. Without zone it is the server's local time. */
struct exim_log_time {
	bool present, has_zone, has_ms;
	struct slice said;	/* "2026-11-24 07:19:38"; syslog has a T within */
	int64_t wall;		/* the digits read as if they were UTC */
	int zone;		/* minutes east of UTC, when has_zone */
	unsigned ms;
};

struct exim_log_host {
	bool present;		/* there is a client (H=) at all */
	bool ambiguous;		/* several readings: name, helo and ip are empty */
	struct slice name;	/* verified by reverse and forward DNS */
	struct slice helo;	/* what the client claimed; any bytes */
	struct ip ip;
	unsigned port;		/* 0: not said */
};

struct exim_log_field {
	struct slice key, value;	/* without the quotes of "value" */
};

struct exim_log_line {
	/* what stands before the message */
	struct exim_log_time ts;
	bool syslog;		/* a syslog daemon wrote the beginning */
	uint64_t pid;		/* 0: not logged */
	struct slice msgid;	/* of either length (4.97 made it longer) */
	bool cut;		/* the first piece of a line that syslog cut, or over-long */
	size_t ncandidates;	/* when host.ambiguous */

	/* the message */
	enum exim_log_type type;
	char flag[3];		/* "<=", "=>" …; "" */
	bool temp;		/* a refusal for now (reject, sender_verify) */
	bool truncated;		/* rcpt or arg was cut by Exim */
	struct exim_log_host host;
	struct ip iface;	/* I=: our own side */
	unsigned iface_port;
	struct slice sender;	/* envelope sender; "" for <> */
	struct slice addr;	/* delivery: the address as delivered */
	struct slice parents;	/* "a@b, c@d": what it came from, last first */
	struct slice orig;	/* the address the message came for */
	struct slice rcpt;	/* reject: the one refused */
	struct slice rcpts;	/* arrival: what follows " for ", blanks between */
	const char *what;	/* reject: "RCPT", "DATA" …; or NULL */
	struct slice arg;	/* reject: what the client asked, if no address */
	struct slice command;	/* SMTP errors; what follows an AUTH mechanism is cut */
	struct slice text;	/* the rest: the reason in most lines */
	struct slice auth;	/* the authenticator that refused */
	struct slice set_id;	/* the login that was tried; any bytes */
	struct slice detail;	/* auth_fail: why the authenticator gave no answer */
	struct slice login;	/* A= in its own place: "dovecot_login:user" */
	struct slice subject;	/* as logged: quotes and backslashes escaped */
	struct slice cwd;	/* args */
	int smtp_code;		/* auth_fail; 0: none */
	bool has_errno;		/* defer */
	int error;
	size_t nfields;
	struct exim_log_field field[EXIM_LOG_FIELDS];	/* nfields are set */
	struct ip candidates[EXIM_LOG_CANDIDATES];	/* ncandidates are set */
};

/* Always gives a line; what is not understood is EXIM_LOG_OTHER. line has no LF. */
void exim_log_parse(struct slice line, struct exim_log_line *out);

/* The same for whoever counts lines: of an arrival, what follows the client is left
 * in text unread (id, subject, recipients). */
void exim_log_parse_brief(struct slice line, struct exim_log_line *out);

/* The same for the part behind time and process id, as people paste it. */
void exim_log_parse_body(struct slice body, struct exim_log_line *out);

/* The value of field K; p NULL when the line has none. */
struct slice exim_log_field(const struct exim_log_line *x, const char *key);

/* Who logged in ("user" of A=dovecot_login:user) or tried to. */
struct slice exim_log_user(const struct exim_log_line *x);

const char *exim_log_type_name(enum exim_log_type t);	/* "arrival" … */

/* Seconds since 1970 UTC, 0 when the line has no time. utc turns the digits of a
 * time without zone, read as if UTC, into UTC; NULL: the server's zone is UTC. */
int64_t exim_log_utc(const struct exim_log_line *x, int64_t (*utc)(int64_t wall));

/* The domain of an address: what follows its last '@'; empty without one. */
struct slice exim_log_domain(struct slice address);

#endif
