#include <string.h>

#include "mail/cursor.h"
#include "mail/exim_log_parts.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const char *const names[EXIM_LOG_TYPES] = {
	[EXIM_LOG_OTHER] = "other",
	[EXIM_LOG_CONTINUATION] = "continuation",
	[EXIM_LOG_ARRIVAL] = "arrival",
	[EXIM_LOG_DELIVERY] = "delivery",
	[EXIM_LOG_FAIL] = "fail",
	[EXIM_LOG_DEFER] = "defer",
	[EXIM_LOG_COMPLETED] = "completed",
	[EXIM_LOG_FROZEN] = "frozen",
	[EXIM_LOG_REJECT] = "reject",
	[EXIM_LOG_REJECT_EARLY] = "reject_early",
	[EXIM_LOG_SENDER_VERIFY] = "sender_verify",
	[EXIM_LOG_AUTH_FAIL] = "auth_fail",
	[EXIM_LOG_AUTH_FAIL_OUT] = "auth_fail_out",
	[EXIM_LOG_HOST_ERROR] = "host_error",
	[EXIM_LOG_CONNECTION] = "connection",
	[EXIM_LOG_DISCONNECT] = "disconnect",
	[EXIM_LOG_SMTP_DROPPED] = "smtp_dropped",
	[EXIM_LOG_SMTP_SYNTAX_ERROR] = "smtp_syntax_error",
	[EXIM_LOG_SMTP_PROTOCOL_ERROR] = "smtp_protocol_error",
	[EXIM_LOG_SMTP_SYNC_ERROR] = "smtp_sync_error",
	[EXIM_LOG_SMTP_TIMEOUT] = "smtp_timeout",
	[EXIM_LOG_INCOMPLETE] = "incomplete",
	[EXIM_LOG_NO_MAIL] = "no_mail",
	[EXIM_LOG_NO_PTR] = "no_ptr",
	[EXIM_LOG_PTR_NO_IP] = "ptr_no_ip",
	[EXIM_LOG_REFUSED] = "refused",
	[EXIM_LOG_TLS_ERROR] = "tls_error",
	[EXIM_LOG_ACL_WARN] = "acl_warn",
	[EXIM_LOG_QUEUE_RUN] = "queue_run",
	[EXIM_LOG_QUEUED] = "queued",
	[EXIM_LOG_DAEMON_START] = "daemon_start",
	[EXIM_LOG_ADMIN] = "admin",
	[EXIM_LOG_DKIM] = "dkim",
	[EXIM_LOG_ARGS] = "args",
};

const char *exim_log_type_name(enum exim_log_type t)
{
	return names[t];
}

/* ---- what Exim says of itself ----------------------------------------- */

/* "cwd=DIR N args: exim …" */
static bool read_args(struct slice s, struct exim_log_line *out)
{
	static const char mark[] = " args: ";
	size_t at, n;

	if (!cursor_take(&s, "cwd=") || !cursor_find(s, mark, &at))
		return false;
	for (n = at; n && s.p[n - 1] >= '0' && s.p[n - 1] <= '9'; n--)
		;
	if (n == at || !n || s.p[n - 1] != ' ')
		return false;
	out->type = EXIM_LOG_ARGS;
	out->cwd = (struct slice){ s.p, n - 1 };
	out->text = cursor_drop(s, at + sizeof(mark) - 1);
	return true;
}

/* "exim V daemon started: pid=N, how" */
static bool read_daemon(struct slice s, struct exim_log_line *out)
{
	size_t at;

	if (!slice_starts(s, "exim ") || !cursor_find(s, " daemon started: pid=", &at))
		return false;
	out->type = EXIM_LOG_DAEMON_START;
	slice_cut(&s, ',');
	cursor_take(&s, " ");
	out->text = s;
	return true;
}

/* "Start queue run: pid=N -qf" */
static bool read_queue_run(struct slice s, struct exim_log_line *out)
{
	struct slice word = slice_cut(&s, ' ');

	if ((!slice_eq(word, "Start") && !slice_eq(word, "End")) ||
	    !slice_starts(s, "queue run"))
		return false;
	out->type = EXIM_LOG_QUEUE_RUN;
	out->text = word;
	return true;
}

/* "frozen by root", "Message is frozen", "Frozen (delivery error message)" */
static bool read_frozen(struct slice s, struct exim_log_line *out)
{
	if (!slice_starts(s, "frozen by ") && !slice_starts(s, "unfrozen by ") &&
	    !slice_starts(s, "Frozen") && !slice_starts(s, "Unfrozen") &&
	    !slice_starts(s, "Message is frozen") && !slice_starts(s, "*** Frozen"))
		return false;
	out->type = EXIM_LOG_FROZEN;
	out->text = s;
	return true;
}

static bool ends_in(struct slice s, const char *end)
{
	size_t n = strlen(end);

	return s.n >= n && !memcmp(s.p + s.n - n, end, n);
}

/* "address <a@b> marked delivered by root", "cancelled by root" … */
static bool read_admin(struct slice s, struct exim_log_line *out)
{
	static const char *const begin[] = {
		"address <", "recipient <", "sender address changed to <",
		"removed by ", "cancelled by ", "all addresses marked delivered by ",
	};
	size_t at;

	for (size_t i = 0; i < COUNT(begin); i++)
		if (slice_starts(s, begin[i]) && !ends_in(s, ">") &&
		    cursor_find(s, "by ", &at)) {
			out->type = EXIM_LOG_ADMIN;
			out->text = s;
			return true;
		}
	return false;
}

static bool read_queued(struct slice s, struct exim_log_line *out)
{
	if (!slice_starts(s, "no immediate delivery") && !slice_starts(s, "queued by "))
		return false;
	out->type = EXIM_LOG_QUEUED;
	out->text = s;
	return true;
}

static bool read_dkim(struct slice s, struct exim_log_line *out)
{
	if (!cursor_take(&s, "DKIM: "))
		return false;
	out->type = EXIM_LOG_DKIM;
	out->text = s;
	return true;
}

static bool read_completed(struct slice s, struct exim_log_line *out)
{
	if (!slice_eq(s, "Completed") && !slice_starts(s, "Completed "))
		return false;
	out->type = EXIM_LOG_COMPLETED;
	exim_log_times(&s, out);
	return true;
}

/* ---- the line --------------------------------------------------------- */

static const struct {
	const char *flag;
	enum exim_log_type type;
} flags[] = {
	{ "<=", EXIM_LOG_ARRIVAL }, { "(=", EXIM_LOG_ARRIVAL },
	{ "=>", EXIM_LOG_DELIVERY }, { "->", EXIM_LOG_DELIVERY },
	{ ">>", EXIM_LOG_DELIVERY }, { "*>", EXIM_LOG_DELIVERY },
	{ "**", EXIM_LOG_FAIL }, { "==", EXIM_LOG_DEFER },
};

/* Only a line about a message can say what became of one. */
static bool read_flag(struct slice s, struct exim_log_line *out)
{
	if (s.n < 4 || s.p[2] != ' ')
		return false;
	for (size_t i = 0; i < COUNT(flags); i++) {
		if (s.p[0] != flags[i].flag[0] || s.p[1] != flags[i].flag[1])
			continue;
		out->type = flags[i].type;
		s = cursor_drop(s, 3);
		if (out->type == EXIM_LOG_ARRIVAL)
			exim_log_arrival(s, out);
		else
			exim_log_delivery(s, out);
		memcpy(out->flag, flags[i].flag, 3);
		return true;
	}
	return false;
}

static void read_body(struct slice s, struct exim_log_line *out)
{
	static bool (*const of_messages[])(struct slice, struct exim_log_line *) = {
		read_flag, read_completed, read_frozen, read_queued, read_dkim, read_admin,
	};
	static bool (*const of_exim[])(struct slice, struct exim_log_line *) = {
		exim_log_client, read_args, read_queue_run, read_daemon, read_queued,
	};

	if (out->msgid.n)
		for (size_t i = 0; i < COUNT(of_messages); i++)
			if (of_messages[i](s, out))
				return;
	for (size_t i = 0; i < COUNT(of_exim); i++)
		if (of_exim[i](s, out))
			return;
	out->text = s;
}

static struct slice begin(struct slice s, struct exim_log_line *out)
{
	exim_log_clear(out, 0);
	if (s.n > EXIM_LOG_LINE_MAX) {
		s.n = EXIM_LOG_LINE_MAX;
		out->cut = true;
	}
	return s;
}

void exim_log_parse_brief(struct slice line, struct exim_log_line *out)
{
	struct slice s = begin(line, out);

	if (exim_log_start(&s, out)) {
		read_body(s, out);
		return;
	}
	out->type = EXIM_LOG_CONTINUATION;
	out->text = s;
}

void exim_log_parse(struct slice line, struct exim_log_line *out)
{
	exim_log_parse_brief(line, out);
	if (out->type == EXIM_LOG_ARRIVAL)
		exim_log_arrival_rest(out);
}

void exim_log_parse_body(struct slice body, struct exim_log_line *out)
{
	struct slice s = begin(body, out);

	if (exim_log_msgid(&s, out) || !read_flag(s, out))
		read_body(s, out);
	if (out->type == EXIM_LOG_ARRIVAL)
		exim_log_arrival_rest(out);
}

int64_t exim_log_utc(const struct exim_log_line *x, int64_t (*utc)(int64_t wall))
{
	if (!x->ts.present)
		return 0;
	if (x->ts.has_zone)
		return x->ts.wall - x->ts.zone * 60;
	return utc ? utc(x->ts.wall) : x->ts.wall;
}

struct slice exim_log_domain(struct slice address)
{
	size_t i = address.n;

	while (i && address.p[i - 1] != '@')
		i--;
	return i ? cursor_drop(address, i) : (struct slice){ address.p, 0 };
}

struct slice exim_log_user(const struct exim_log_line *x)
{
	struct slice user = x->login, by;

	if (!user.n)
		return x->set_id;
	by = slice_cut(&user, ':');
	return user.n ? user : by;
}
