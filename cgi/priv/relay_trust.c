#include <string.h>
#include <time.h>

#include "base/ip.h"
#include "priv/audit.h"
#include "priv/field.h"
#include "priv/journal.h"
#include "priv/relay_file.h"
#include "priv/relay_trust.h"
#include "priv/valid.h"

#define ABSENT "absent"
#define LISTED "listed"
#define UNTIL "until "
#define MARK " # Relay Doctor: trusted until "
#define DAY 86400
#define DAYS_MAX 90
#define DATE_SIZE 11		/* YYYY-MM-DD and its NUL */
#define LINE_SIZE 128

static const char *const lists[] = { "alwaysrelay", "trustedmailhosts" };

#define NLISTS (sizeof(lists) / sizeof(*lists))

/* ---- names and values ------------------------------------------------------ */

static bool is_one_host(const struct ip *ip)
{
	return !ip_is_loopback(ip) && (ip->family == 6 ? ip->bytes[0] != 0xff :
				       ip->bytes[0] > 0 && ip->bytes[0] < 224);
}

/* The list's name; NULL: it is none of ours, or no address of one host. */
static const char *list_of(const char *name, struct ip *ip)
{
	for (size_t i = 0; i < NLISTS; i++) {
		size_t n = strlen(lists[i]);

		if (!strncmp(name, lists[i], n) && name[n] == ':')
			return valid_address(name + n + 1) && ip_parse(ip, name + n + 1) &&
				is_one_host(ip) ? lists[i] : NULL;
	}
	return NULL;
}

bool valid_relay_trust(const char *name)
{
	struct ip ip;

	return list_of(name, &ip) != NULL;
}

static void date_text(char out[DATE_SIZE], time_t t)
{
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(out, DATE_SIZE, "%Y-%m-%d", &tm);
}

/* When the day is over; 0: that is no date. */
static time_t end_of(const char *date)
{
	char again[DATE_SIZE];
	struct tm tm = { 0 };
	const char *end = strptime(date, "%Y-%m-%d", &tm);
	time_t t = end && !*end ? timegm(&tm) : 0;

	if (t <= 0 || strlen(date) != DATE_SIZE - 1)
		return 0;
	date_text(again, t);
	return strcmp(again, date) ? 0 : t + DAY;
}

bool valid_relay_until(const char *value)
{
	size_t n = strlen(UNTIL);

	return !strncmp(value, UNTIL, n) && end_of(value + n);
}

bool valid_relay_trusted(const char *value)
{
	return !strcmp(value, ABSENT) || !strcmp(value, LISTED) || valid_relay_until(value);
}

/* ---- lines ------------------------------------------------------------------ */

/* The address that the line is about, however it is written: quoted, as one host's
 * network, negated. */
static bool address_of(struct slice line, int family, struct ip *out)
{
	const char *ends = family == 6 ? " \t\r\"/" : " \t\r\":/";
	char text[IP_TEXT_MAX];
	size_t n = 0;

	while (line.n && strchr("! \t\"", *line.p) && *line.p)
		line = (struct slice){ line.p + 1, line.n - 1 };
	while (n < line.n && n < sizeof(text) - 1 && line.p[n] && !strchr(ends, line.p[n])) {
		text[n] = line.p[n];
		n++;
	}
	text[n] = '\0';
	return ip_parse(out, text) && out->family == family;
}

/* IPv6 is quoted, as the look-up by address (iplsearch) has to have it. */
static void our_line(char out[LINE_SIZE], const struct ip *ip, const char *date)
{
	const char *quote = ip->family == 6 ? "\"" : "";
	char text[IP_TEXT_MAX];

	field_print(out, LINE_SIZE, "%s%s%s" MARK "%s", quote, ip_text(text, ip), quote, date);
}

/* Byte for byte as we write it: then its address and its date. */
static bool is_ours(struct slice line, struct ip *ip, char date[DATE_SIZE])
{
	char again[LINE_SIZE];

	if (line.n < DATE_SIZE - 1 ||
	    (!address_of(line, 4, ip) && !address_of(line, 6, ip)))
		return false;
	memcpy(date, line.p + line.n - (DATE_SIZE - 1), DATE_SIZE - 1);
	date[DATE_SIZE - 1] = '\0';
	our_line(again, ip, date);
	return slice_eq(line, again) && end_of(date);
}

struct found {
	unsigned n;		/* lines about the address */
	size_t at, whole;	/* the last: where it begins, its length with its end */
	bool ours;
	char date[DATE_SIZE];
};

static struct found find(struct slice text, const struct ip *ip)
{
	struct found x = { .n = 0 };
	struct slice rest = text;

	while (rest.n) {
		const char *begin = rest.p;
		struct slice line = slice_cut(&rest, '\n');
		struct ip its;

		if (!address_of(line, ip->family, &its) || !ip_equal(&its, ip))
			continue;
		x.n++;
		x.at = (size_t)(begin - text.p);
		x.whole = line.n + (x.at + line.n < text.n);
		x.ours = is_ours(line, &its, x.date);
	}
	return x;
}

/* ---- the setting -------------------------------------------------------------- */

static int read_value(const char *account, const char *name, char value[SETTING_MAX],
		      struct err *e)
{
	struct arena a = ARENA_INIT;
	struct relay_file f;
	struct found x = { .n = 0 };
	struct ip ip;
	const char *list = list_of(name, &ip);
	int rc = relay_file_read(list, &a, &f, e);

	(void)account;
	if (!rc)
		x = find(f.text, &ip);
	if (!rc && x.n > 1)
		rc = err_set(e, ERR_DENIED, "the address stands in /etc/%s more than once; change it by hand",
			     list);
	if (x.ours)
		field_print(value, SETTING_MAX, UNTIL "%s", x.date);
	else
		field_print(value, SETTING_MAX, "%s", x.n ? LISTED : ABSENT);
	arena_clear(&a);
	return rc;
}

static int add_line(const struct relay_file *f, const struct ip *ip, const char *value,
		    struct buf *out, struct err *e)
{
	const char *date = value + strlen(UNTIL);
	time_t end = end_of(date), now = time(NULL);
	char line[LINE_SIZE];

	if (end <= now || end > now + (DAYS_MAX + 1) * DAY)
		return err_set(e, ERR_INPUT, "an address is trusted for 1 to %d days, not until %s",
			       DAYS_MAX, date);
	if (f->text.n && f->text.p[f->text.n - 1] != '\n')
		return err_set(e, ERR_DENIED, "the list's last line has no end; press Enter after it in an editor first");
	our_line(line, ip, date);
	buf_add(out, f->text.p, f->text.n);
	buf_add(out, line, strlen(line));
	return buf_add(out, "\n", 1);
}

static int without(const struct relay_file *f, const struct found *x, struct buf *out)
{
	size_t after = x->at + x->whole;

	buf_add(out, f->text.p, x->at);
	return buf_add(out, f->text.p + after, f->text.n - after);
}

static int apply(const struct setting_act *act, struct arena *a, struct err *e)
{
	struct buf out = BUF_INIT(RELAY_FILE_MAX + LINE_SIZE);
	struct relay_file f;
	struct found x;
	struct ip ip;
	const char *list = list_of(act->name, &ip);
	bool goes = !strcmp(act->value, ABSENT);
	int rc;

	if (relay_file_read(list, a, &f, e))
		return -1;
	x = find(f.text, &ip);
	if (x.n > 1 || (goes ? x.n && !x.ours : x.n))
		return err_set(e, ERR_STALE, "the address stands in /etc/%s by another line", list);
	if (goes && !x.n)
		return 0;
	rc = goes ? without(&f, &x, &out) : add_line(&f, &ip, act->value, &out, e);
	if (!rc)
		rc = relay_file_write(list, &f, &out, e);
	buf_free(&out);
	return rc;
}

const struct setting setting_relay_trust = {
	.what = "the trust", .of_server = true, .read = read_value, .apply = apply,
};

/* ---- when it is over ------------------------------------------------------------ */

static const struct caller clock_caller = { .by = "root", .door = "helper" };

/* The next line of ours that is over. */
static bool next_over(struct slice *rest, struct ip *ip, char date[DATE_SIZE])
{
	struct slice line;

	while (slice_line(rest, &line))
		if (is_ours(line, ip, date) && end_of(date) <= time(NULL))
			return true;
	return false;
}

/* The change that has put the line in; one made by hand in our form has none. */
static void find_change(struct entry *out, const char *name, const char *value)
{
	struct arena a = ARENA_INIT;
	struct err e;
	char **ids;
	size_t n;

	if (journal_ids(&a, &ids, &n, &e))
		n = 0;
	for (size_t i = 0; i < n; i++)
		if (!journal_read(out, ids[i], &e) && !strcmp(out->verb, "trust_address") &&
		    !strcmp(out->name, name) && !strcmp(out->after, value) && entry_stands(out)) {
			arena_clear(&a);
			return;
		}
	arena_clear(&a);
	*out = (struct entry){ .id = "" };
	field_set(out, verb, "trust_address");
	field_set(out, name, "%s", name);
	field_set(out, before, "%s", ABSENT);
	field_set(out, value, "%s", value);
	field_set(out, after, "%s", value);
	field_set(out, state, "%s", STATE_KEPT);
}

static int note(struct entry *x, struct err *e)
{
	return *x->id ? journal_write(x, e) : 0;
}

static int take_out(const struct change *c, struct entry *x, struct err *e)
{
	const struct setting_act act = {
		.lock = c->lock, .account = x->account, .name = x->name,
		.before = x->after, .value = ABSENT,
	};
	char found[SETTING_MAX], odd[256];
	struct err unwritten;
	int rc;

	change_undo_begins(&clock_caller, x);
	if (note(x, e))
		return -1;
	rc = setting_write(&setting_relay_trust, &act, found, odd, e);
	if (*found)
		field_set(x, undo, "%s", "");
	if (!rc)
		field_set(x, state, "%s", STATE_UNDONE);
	field_set(x, text, rc ? "Its time was over, and it could not be taken out: %.300s" :
		  "Its time was over, so the address was taken out.%.0s", rc ? e->text : "");
	if (note(x, &unwritten) && !rc) {
		*e = unwritten;
		rc = -1;
	}
	audit_write(c->audit, "expire", &clock_caller, x);
	return rc;
}

static int expire_in(const struct change *c, const char *list, struct err *e)
{
	struct arena a = ARENA_INIT;
	struct relay_file f;
	char date[DATE_SIZE], text[IP_TEXT_MAX], name[SETTING_MAX], value[SETTING_MAX];
	struct entry x;
	struct ip ip;
	int rc = 0;

	if (relay_file_read(list, &a, &f, e))
		rc = e->code == ERR_NOT_FOUND ? 0 : -1;
	else
		while (next_over(&f.text, &ip, date)) {
			field_print(name, sizeof(name), "%s:%s", list, ip_text(text, &ip));
			field_print(value, sizeof(value), UNTIL "%s", date);
			find_change(&x, name, value);
			rc |= take_out(c, &x, e);
		}
	arena_clear(&a);
	return rc;
}

int relay_trust_expire(const struct change *c, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < NLISTS; i++)
		rc |= expire_in(c, lists[i], e);
	return rc;
}

bool relay_trust_is_due(void)
{
	bool due = false;

	for (size_t i = 0; i < NLISTS && !due; i++) {
		struct arena a = ARENA_INIT;
		char date[DATE_SIZE];
		struct relay_file f;
		struct err e;
		struct ip ip;

		due = !relay_file_read(lists[i], &a, &f, &e) && next_over(&f.text, &ip, date);
		arena_clear(&a);
	}
	return due;
}
