#include <string.h>

#include "mail/cause.h"
#include "mail/cursor.h"

#define CAUSE(class_, rule_, who_) \
	((struct cause){ .class = CAUSE_##class_, .rule = (rule_), .who = WHO_##who_ })
#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static bool has(struct slice s, const char *what)
{
	size_t at;

	return cursor_find(s, what, &at);
}

/* ---- deliveries ------------------------------------------------------- */

/* LMTP is spoken to this server's own mailboxes. */
enum cause_place cause_place_of(const struct exim_log_line *x)
{
	return has(x->text, "SMTP error from remote mail") ? PLACE_REMOTE : PLACE_HERE;
}

static struct cause of_errno(int error)
{
	static const struct {
		int error;
		struct cause cause;
	} known[] = {
		{ 110, { CAUSE_CONN_TIMEOUT, "B01", WHO_US } },
		{ 111, { CAUSE_UNKNOWN, "B02", WHO_US } },
		{ 101, { CAUSE_UNKNOWN, "B16", WHO_US } },
		{ 113, { CAUSE_UNKNOWN, "B16", WHO_US } },
		{ -42, { CAUSE_AUTH_REQUIRED_UPSTREAM, "A08", WHO_US } },
		{ -53, { CAUSE_RETRY_TIMEOUT, "G02", WHO_US } },
		{ -54, { CAUSE_RETRY_TIMEOUT, "G02", WHO_US } },
	};

	for (size_t i = 0; i < COUNT(known); i++)
		if (known[i].error == error)
			return known[i].cause;
	return CAUSE(UNKNOWN, "", NOBODY);
}

bool cause_through_smarthost(const struct exim_log_line *x)
{
	struct slice router = exim_log_field(x, "R"), transport = exim_log_field(x, "T");

	return has(router, "smart") || has(transport, "smart") || has(router, "relayhost");
}

static bool is_exploit(const struct exim_log_line *x)
{
	return has(x->addr, "${") || has(x->orig, "${") || has(x->parents, "${");
}

static struct cause of_delivery(const struct exim_log_line *x)
{
	enum cause_place place = cause_place_of(x);
	struct cause c = cause_of_text(x->text, place);

	if (!cause_is_known(&c) && !*c.rule && x->has_errno)
		c = of_errno(x->error);
	if (c.class == CAUSE_LOOP && is_exploit(x))
		return CAUSE(LOOP_EXPLOIT, "E02", NOBODY);
	if (place == PLACE_REMOTE && cause_through_smarthost(x) &&
	    (c.class == CAUSE_RELAY_REMOTE_DENIED || c.class == CAUSE_RELAY_OTHER_MTA)) {
		c.rule = "A12";
		c.who = WHO_US;
	}
	/* Forwarded: our address sends in somebody else's name. */
	if (place == PLACE_REMOTE && c.class == CAUSE_AUTH_POLICY && x->orig.n)
		c.who = WHO_US;
	return c;
}

/* A delivery that worked is no fault, but for one that cPanel throws away. */
static struct cause of_success(const struct exim_log_line *x)
{
	if (has(exim_log_field(x, "R"), "discarded_to_prevent_loop"))
		return CAUSE(UNKNOWN, "E12", US);
	return CAUSE(NOISE, "", NOBODY);
}

/* ---- clients ---------------------------------------------------------- */

static struct cause of_reject(const struct exim_log_line *x)
{
	struct cause c = cause_of_text(x->text, PLACE_REFUSED);

	if (!x->text.n && !x->temp)
		return CAUSE(UNKNOWN, "G11", US);
	return c.class == CAUSE_LOOP && has(x->rcpt, "${") ?
		CAUSE(LOOP_EXPLOIT, "E02", NOBODY) : c;
}

static struct cause of_sender_verify(const struct exim_log_line *x)
{
	struct cause c = cause_of_text(x->text, PLACE_VERIFY);

	if (c.class == CAUSE_PERMISSION || c.class == CAUSE_SENDER_VERIFY_FAIL)
		return c;
	if (x->temp)
		return CAUSE(SENDER_VERIFY_DEFER, "F02", DNS);
	if (slice_starts(x->sender, "nobody@"))
		return CAUSE(SENDER_VERIFY_FAIL, "F07", US);
	return CAUSE(SENDER_VERIFY_FAIL, "F01", SENDER);
}

static struct cause of_auth_fail(const struct exim_log_line *x)
{
	return x->smtp_code / 100 == 4 ? CAUSE(AUTH_TEMPFAIL, "A05", US) :
		CAUSE(AUTH_FAIL, "A04", SENDER);
}

/* A browser's or a scanner's request is nobody's mail. */
static struct cause of_command(const struct exim_log_line *x)
{
	if (has(x->command, " HTTP/1"))
		return CAUSE(NOISE, "", NOBODY);
	return CAUSE(PROTO_ABUSE, "B17", SENDER);
}

static struct cause of_smtp_error(const struct exim_log_line *x)
{
	struct cause c = cause_of_text(x->text, PLACE_REFUSED);

	if (cause_is_known(&c))
		return c;
	return of_command(x);
}

static struct cause of_refusal_text(const struct exim_log_line *x)
{
	return cause_of_text(x->text, PLACE_REFUSED);
}

/* What Exim says of itself, in the panic log above all; with a client in it, its
 * words may be the client's. */
static struct cause of_other(const struct exim_log_line *x)
{
	return x->host.present ? CAUSE(UNKNOWN, "", NOBODY) :
		cause_of_text(x->text, PLACE_HERE);
}

/* ---- the line --------------------------------------------------------- */

/* Lines of the other types say nothing of a fault. */
static struct cause (*const by_type[EXIM_LOG_TYPES])(const struct exim_log_line *x) = {
	[EXIM_LOG_DELIVERY] = of_success,
	[EXIM_LOG_FAIL] = of_delivery,
	[EXIM_LOG_DEFER] = of_delivery,
	[EXIM_LOG_HOST_ERROR] = of_delivery,
	[EXIM_LOG_REJECT] = of_reject,
	[EXIM_LOG_REJECT_EARLY] = of_refusal_text,
	[EXIM_LOG_SENDER_VERIFY] = of_sender_verify,
	[EXIM_LOG_AUTH_FAIL] = of_auth_fail,
	[EXIM_LOG_SMTP_SYNTAX_ERROR] = of_smtp_error,
	[EXIM_LOG_SMTP_PROTOCOL_ERROR] = of_smtp_error,
	[EXIM_LOG_SMTP_SYNC_ERROR] = of_command,
	[EXIM_LOG_OTHER] = of_other,
};

static const struct cause fixed[EXIM_LOG_TYPES] = {
	[EXIM_LOG_CONTINUATION] = { CAUSE_UNKNOWN, "", WHO_NOBODY },
	[EXIM_LOG_FROZEN] = { CAUSE_NOISE, "G07", WHO_NOBODY },
	[EXIM_LOG_AUTH_FAIL_OUT] = { CAUSE_AUTH_REQUIRED_UPSTREAM, "A08", WHO_US },
	[EXIM_LOG_SMTP_DROPPED] = { CAUSE_PROTO_ABUSE, "B17", WHO_SENDER },
	[EXIM_LOG_TLS_ERROR] = { CAUSE_UNKNOWN, "A17", WHO_SENDER },
};

struct cause cause_of_line(const struct exim_log_line *x)
{
	if (x->host.ambiguous)
		return CAUSE(SPOOF_NEGATIVE, "", NOBODY);
	if (by_type[x->type])
		return by_type[x->type](x);
	if (fixed[x->type].rule)
		return fixed[x->type];
	return CAUSE(NOISE, "", NOBODY);
}

bool cause_line_imitates(const struct exim_log_line *x)
{
	const struct slice chosen[] = {
		x->host.helo, x->subject, x->set_id, x->command, x->arg, x->sender,
		x->rcpt, x->addr, exim_log_field(x, "id"), exim_log_field(x, "SNI"),
	};

	for (size_t i = 0; i < COUNT(chosen); i++)
		if (chosen[i].n && cause_is_imitated(chosen[i]))
			return true;
	return false;
}
