#include <stdlib.h>
#include <string.h>

#include "mail/log_tally.h"
#include "mail/mail_login.h"

#define DAY 86400
#define NDAYS (LOG_DAYS + 2)

void log_tally_init(struct log_tally *t, int32_t today, uint64_t seed, struct arena *a)
{
	memset(t, 0, sizeof(*t));
	t->first = today - LOG_DAYS;
	heavy_init(&t->names, LOG_TALLY_NAMES, seed, a);
	heavy_init(&t->rows, LOG_TALLY_ROWS, seed, a);
	open_messages_init(&t->open, a);
	login_nets_init(&t->logins, seed, a);
	failed_logins_init(&t->failed, seed, a);
}

void log_tally_clear(struct log_tally *t)
{
	memset(t->days, 0, sizeof(t->days));
	memset(t->named, 0, sizeof(t->named));
	heavy_clear(&t->names);
	heavy_clear(&t->rows);
}

bool log_is_judged(enum cause_class c)
{
	return c == CAUSE_RELAY_UNAUTH || c == CAUSE_RELAY_REMOTE_DENIED ||
		c == CAUSE_RELAY_OTHER_MTA || c == CAUSE_AUTH_FAIL ||
		c == CAUSE_AUTH_TEMPFAIL || c == CAUSE_AUTH_REQUIRED_UPSTREAM;
}

/* ---- names -------------------------------------------------------------- */

/* "DKC", then of a name what it is and the name; of a row its rule (3 bytes),
 * "domain\0account\0", and the address. D the day, K the log, C the class. */
struct key {
	char bytes[HEAVY_NAME_MAX];
	size_t n;
};

#define ROW_BEGINS 6
#define ROW_DOMAIN_MAX 120	/* a longer one is told by itself only */

static void begin(struct key *k, const struct log_tally *t, size_t day,
		  const struct log_event *x)
{
	k->bytes[0] = (char)(day + 1);
	k->bytes[1] = (char)t->kind;
	k->bytes[2] = (char)x->cause.class;
	k->n = 3;
}

static void put(struct key *k, const void *p, size_t n)
{
	memcpy(k->bytes + k->n, p, n);
	k->n += n;
}

/* Lower case; empty unless it is letters, digits and signs only: whatever else a
 * login holds is no name here. */
static struct slice plain_account(struct slice name, char out[OPEN_ACCOUNT_MAX])
{
	if (name.n >= OPEN_ACCOUNT_MAX)
		return (struct slice){ out, 0 };
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (c <= ' ' || c >= 0x7f)
			return (struct slice){ out, 0 };
		out[i] = c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
	}
	return (struct slice){ out, name.n };
}

static void count_name(struct log_tally *t, struct key *k, enum log_name what,
		       struct slice name)
{
	if (!name.n || name.n > sizeof(k->bytes) - 4)
		return;
	t->named[t->kind][k->bytes[0] - 1][(int)k->bytes[2]][what]++;
	k->n = 3;
	k->bytes[k->n++] = (char)what;
	put(k, name.p, name.n);
	heavy_count(&t->names, (struct slice){ k->bytes, k->n });
}

static void count_row(struct log_tally *t, struct key *k, const char *rule,
		      struct slice domain, struct slice account, struct slice ip)
{
	memset(k->bytes + 3, 0, 3);
	memcpy(k->bytes + 3, rule, strnlen(rule, 3));
	k->n = ROW_BEGINS;
	put(k, domain.p, domain.n < ROW_DOMAIN_MAX ? domain.n : 0);
	put(k, "", 1);
	put(k, account.p, account.n);
	put(k, "", 1);
	put(k, ip.p, ip.n);
	heavy_count(&t->rows, (struct slice){ k->bytes, k->n });
}

static void read_begin(const struct log_tally *t, const struct heavy_entry *e,
		       struct log_tally_name *out)
{
	out->day = t->first + e->name[0] - 1;
	out->kind = (enum log_kind)e->name[1];
	out->class = (enum cause_class)e->name[2];
	out->n = e->count;
}

bool log_tally_name(const struct log_tally *t, size_t i, struct log_tally_name *out)
{
	const struct heavy_entry *e = &t->names.entries[i];
	struct ip ip;

	if (i >= t->names.used)
		return false;
	read_begin(t, e, out);
	out->what = (enum log_name)e->name[3];
	if (out->what == LOG_CLIENT) {
		ip = ip_of_bytes(e->name[4], e->name + 5);
		ip_text(out->name, &ip);
		return true;
	}
	memcpy(out->name, e->name + 4, e->n - 4u);
	out->name[e->n - 4] = '\0';
	return true;
}

bool log_tally_row(const struct log_tally *t, size_t i, struct log_tally_name *out)
{
	const struct heavy_entry *e = &t->rows.entries[i];
	size_t at;

	if (i >= t->rows.used)
		return false;
	read_begin(t, e, out);
	memcpy(out->rule, e->name + 3, 3);
	out->rule[3] = '\0';
	memcpy(out->name, e->name, e->n);
	out->name[e->n] = '\0';
	out->domain = out->name + ROW_BEGINS;
	out->account = out->domain + strlen(out->domain) + 1;
	at = (size_t)(out->account - out->name) + strlen(out->account) + 1;
	out->ip = e->n > at ? ip_of_bytes(out->name[at], out->name + at + 1) :
		(struct ip){ .family = 0 };
	return true;
}

/* ---- lines -------------------------------------------------------------- */

/* Who sent the message, by its first line. */
static struct slice account_of(const struct log_tally *t, const struct log_event *x)
{
	struct slice sent = x->account.n ? x->account :
		open_messages_find(&t->open, x->msgid);

	return sent.n ? sent : (struct slice){ NULL, 0 };
}

static void follow(struct log_tally *t, const struct log_event *x)
{
	if (x->type == EXIM_LOG_COMPLETED)
		open_messages_end(&t->open, x->msgid);
	if (x->type != EXIM_LOG_ARRIVAL)
		return;
	open_messages_put(&t->open, x->msgid, x->account);
	if (x->login)
		login_nets_note(&t->logins, &x->ip, x->ts.wall, x->account);
}

/* Those that were tried where none is offered are remembered apart. */
#define UNADVERTISED(kind) ((int)(kind) + NLOG_KINDS)

static void note_login(struct log_tally *t, const struct log_event *x)
{
	if (!x->client)
		return;
	if (x->cause.class == CAUSE_AUTH_FAIL || x->cause.class == CAUSE_AUTH_TEMPFAIL)
		failed_logins_note(&t->failed, (int)t->kind, &x->ip, x->ts.wall);
	else if (x->cause.class == CAUSE_AUTH_NOT_ADVERTISED)
		failed_logins_note(&t->failed, UNADVERTISED(t->kind), &x->ip, x->ts.wall);
}

/* A refusal that only follows from a login that has just failed is that one's. */
static const char *rule_of(struct log_tally *t, const struct log_event *x)
{
	if (x->cause.class != CAUSE_RELAY_UNAUTH)
		return x->cause.rule;
	return failed_logins_just(&t->failed, (int)t->kind, &x->ip, x->ts.wall) ?
		LOG_RULE_AFTER_LOGIN :
		failed_logins_just(&t->failed, UNADVERTISED(t->kind), &x->ip, x->ts.wall) ?
		LOG_RULE_UNADVERTISED : x->cause.rule;
}

static void count_cause(struct log_tally *t, size_t day, const struct log_event *x)
{
	char domain_room[256], account_room[OPEN_ACCOUNT_MAX], ip_room[17];
	struct slice account = plain_account(account_of(t, x), account_room);
	struct slice domain = { domain_room, 0 }, ip = { ip_room, 0 };
	struct key k;

	if (text_take_domain(domain_room, sizeof(domain_room), x->domain))
		domain.n = x->domain.n;
	if (x->ip.family)
		ip = log_address_key(&x->ip, ip_room);
	begin(&k, t, day, x);
	count_name(t, &k, LOG_DOMAIN, domain);
	if (account.n && *account.p != '@')
		count_name(t, &k, LOG_ACCOUNT, account);
	if (x->client)
		count_name(t, &k, LOG_CLIENT, ip);
	note_login(t, x);
	if (log_is_judged(x->cause.class))
		count_row(t, &k, rule_of(t, x), domain, account, ip);
}

void log_tally_event(struct log_tally *t, const struct log_event *x)
{
	int64_t day = x->ts.present ? x->ts.wall / DAY - t->first : -1;

	if (x->type == EXIM_LOG_CONTINUATION || day < 0 || day >= NDAYS)
		return;
	t->days[t->kind][day][x->cause.class]++;
	if (t->kind == LOG_MAIN)
		follow(t, x);
	if (cause_is_known(&x->cause))
		count_cause(t, (size_t)day, x);
}

void log_tally_line(struct log_tally *t, struct slice line)
{
	struct mail_login login;
	struct log_event x;

	if (t->kind == LOG_MAIL) {
		if (mail_login_read(line, t->first + LOG_DAYS, &login))
			login_nets_note(&t->logins, &login.ip, login.wall, login.user);
		return;
	}
	log_event_read(line, &x);
	log_tally_event(t, &x);
}

/* ---- facts -------------------------------------------------------------- */

static int most_first(const void *pa, const void *pb)
{
	const struct log_row *a = pa, *b = pb;

	if (a->n != b->n)
		return a->n > b->n ? -1 : 1;
	return a->day != b->day ? b->day - a->day : strcmp(a->domain, b->domain);
}

static int by_day(const void *pa, const void *pb)
{
	const struct log_day *a = pa, *b = pb;

	return a->day != b->day ? a->day - b->day : strcmp(a->class, b->class);
}

static void tell_span(const struct log_tally *t, struct log_facts *out)
{
	for (int32_t day = 0; day < NDAYS; day++)
		for (int c = 0; c < CAUSE_CLASSES; c++) {
			if (!t->days[LOG_MAIN][day][c])
				continue;
			out->from = out->from ? out->from : t->first + day;
			out->to = t->first + day;
		}
}

static void add_row(struct log_row *rows, size_t *n, const struct log_tally_name *r,
		    struct arena *a)
{
	rows[(*n)++] = (struct log_row){
		.day = r->day, .class = cause_class_name(r->class),
		.rule = arena_strdup(a, r->rule), .domain = arena_strdup(a, r->domain),
		.account = arena_strdup(a, r->account), .ip = r->ip, .n = r->n,
	};
}

static void add_day(struct log_day *days, size_t *n, const struct log_tally_name *r)
{
	const char *class = cause_class_name(r->class);

	for (size_t i = 0; i < *n; i++)
		if (days[i].day == r->day && days[i].class == class) {
			days[i].n += r->n;
			return;
		}
	days[(*n)++] = (struct log_day){ r->day, class, r->n };
}

void log_tally_tell(const struct log_tally *t, const char *domain, struct arena *a,
		    struct log_facts *out)
{
	int32_t today = t->first + LOG_DAYS;
	struct log_row *rows = arena_zalloc(a, (t->rows.used + 1) * sizeof(*rows));
	struct log_day *days = arena_zalloc(a, NDAYS * CAUSE_CLASSES * sizeof(*days));
	struct log_tally_name r;

	out->counted = true;
	out->exact = !t->rows.missed;
	tell_span(t, out);
	for (size_t i = 0; log_tally_row(t, i, &r); i++)
		if (r.kind == LOG_MAIN && r.day > today - LOG_JUDGED_DAYS)
			add_row(rows, &out->nrows, &r, a);
	for (size_t i = 0; domain && log_tally_name(t, i, &r); i++)
		if (r.kind == LOG_MAIN && r.what == LOG_DOMAIN && !strcmp(r.name, domain) &&
		    r.day > today - LOG_CHART_DAYS)
			add_day(days, &out->ndays, &r);
	qsort(rows, out->nrows, sizeof(*rows), most_first);
	qsort(days, out->ndays, sizeof(*days), by_day);
	out->rows = rows;
	out->days = days;
	login_nets_tell(&t->logins, (int64_t)(today - LOG_JUDGED_DAYS - 1) * DAY, a, out);
}
