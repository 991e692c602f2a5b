#ifndef MAIL_LOG_TALLY_H
#define MAIL_LOG_TALLY_H

#include "mail/failed_logins.h"
#include "mail/heavy.h"
#include "mail/log_event.h"
#include "mail/login_nets.h"
#include "mail/open_messages.h"

/*
 * Lines of logs counted by day, cause, domain, account and address. How many lines
 * of a day have a cause is exact. Of names each is counted by itself, and of the
 * causes that checks look at also which belong together; both are exact while there
 * are few, and beyond that the frequent ones are told: memory is bounded whatever
 * strangers write.
 *
 * Only the last LOG_DAYS days before `today` count, and the day after it.
 */
#define LOG_DAYS 30
#define LOG_TALLY_ROWS 4096
#define LOG_TALLY_NAMES 4096

/* The reject log says again what the main log says, and the panic log most of it;
 * of the mail log only logins are taken. */
enum log_kind { LOG_MAIN, LOG_REJECT, LOG_PANIC, LOG_MAIL, NLOG_KINDS };

enum log_name { LOG_DOMAIN, LOG_ACCOUNT, LOG_CLIENT, NLOG_NAMES };

struct log_tally {
	enum log_kind kind;	/* of the lines that come: set by the caller */
	int32_t first;		/* the day that days[…][0] is of */
	uint64_t days[NLOG_KINDS][LOG_DAYS + 2][CAUSE_CLASSES];
	/* Of these lines, those that have such a name at all. */
	uint64_t named[NLOG_KINDS][LOG_DAYS + 2][CAUSE_CLASSES][NLOG_NAMES];
	struct heavy names, rows;
	struct open_messages open;
	struct login_nets logins;
	struct failed_logins failed;	/* by kind */
};

/* A name or a row, as it is kept. Strings point into it. */
struct log_tally_name {
	enum log_kind kind;
	int32_t day;
	enum cause_class class;
	uint64_t n;
	/* Of a name: */
	enum log_name what;
	char name[HEAVY_NAME_MAX + 1];	/* an address in its canonical form */
	/* Of a row: */
	char rule[4];
	const char *domain, *account;	/* in name */
	struct ip ip;
};

void log_tally_init(struct log_tally *t, int32_t today, uint64_t seed, struct arena *a);
/* Of a log of t->kind. */
void log_tally_line(struct log_tally *t, struct slice line);
/* A line of Exim's that was read already. */
void log_tally_event(struct log_tally *t, const struct log_event *x);

/* Forgets what was counted, not whose messages are on their way, nor logins, nor
 * those that failed. */
void log_tally_clear(struct log_tally *t);

/* Name or row i; false behind the last one. */
bool log_tally_name(const struct log_tally *t, size_t i, struct log_tally_name *out);
bool log_tally_row(const struct log_tally *t, size_t i, struct log_tally_name *out);

/* A cause that checks look at. */
bool log_is_judged(enum cause_class c);

/* What was counted as facts, where nothing is kept from scan to scan. `domain`: the
 * one looked at, whose days are told; or NULL. */
void log_tally_tell(const struct log_tally *t, const char *domain, struct arena *a,
		    struct log_facts *out);

#endif
