#ifndef MAIL_EXIM_BH_H
#define MAIL_EXIM_BH_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/*
 * What `exim -bh` prints, replies and trace (acl.c, host.c, match.c; forms measured
 * with 4.96): what a client of that address would be told, and which verb of which
 * ACL decides so. The trace quotes what senders, recipients and the lists say: it
 * explains the replies, and decides nothing.
 */
enum bh_stage { BH_CONNECT, BH_HELO, BH_MAIL, BH_RCPT };

/* Why a recipient is accepted, by what the deciding verb asks. */
enum bh_by {
	BH_BY_UNKNOWN,		/* refused, or the trace does not tell */
	BH_BY_LOGIN,		/* the client has logged in */
	BH_BY_ADDRESS,		/* the client's address is in a list */
	BH_BY_DOMAIN,		/* the recipient's domain is one of this server's */
};

/* Strings NULL and line 0 where the trace does not tell. */
struct bh_decision {
	const char *acl, *verb, *file;
	unsigned line;
	const char *asks;	/* "hosts = +loopback : +relay_hosts; …" */
	const char *matched;	/* the item that the client is in:
				 * "net-iplsearch;/etc/relayhosts" */
	enum bh_by by;
};

struct bh_answer {
	enum bh_stage stage;	/* where it was decided */
	unsigned code;		/* SMTP reply; 0: the session ended before */
	const char *text;	/* its lines, a line feed between */
	struct bh_decision decision;
};

#define BH_RECIPIENTS_MAX 32
#define BH_LISTS_MAX 32

/* A list of client addresses that was looked at, as an item names it. */
struct bh_list {
	const char *item;
	bool by_accept;		/* by an accept verb of the ACL for recipients */
};

struct bh_session {
	bool whole;		/* each recipient has an answer */
	const char *log;	/* what Exim would have logged last; or NULL */
	size_t n;
	struct bh_answer answer[BH_RECIPIENTS_MAX];	/* by recipient */
	/* What took part that is not as in a real session. */
	bool ratelimit, encrypted, callout;
	size_t nlists;
	struct bh_list list[BH_LISTS_MAX];
};

/* n: recipients asked about, at most BH_RECIPIENTS_MAX. rcpt_acl: the name in
 * Exim's option acl_smtp_rcpt; NULL: no verb is told. */
void exim_bh_read(struct slice text, size_t n, const char *rcpt_acl, struct arena *a,
		  struct bh_session *out);

bool bh_accepts(const struct bh_answer *x);
const char *bh_stage_name(enum bh_stage s);	/* "RCPT" … */
const char *bh_by_name(enum bh_by b);		/* "login" …; NULL: unknown */

/* The file that an item looks the client up in: "/etc/relayhosts"; its p is NULL
 * when it names none. */
struct slice bh_item_file(const char *item);

/* The names in what `exim -bP … authenticator_list` printed: lines of one word. The
 * first that logs in with name and password; NULL: there is none. */
const char *exim_authenticator(struct slice bp, struct arena *a);

#endif
