#include <string.h>

#include "mail/cursor.h"
#include "mail/exim_log_parts.h"

/* ---- arrivals --------------------------------------------------------- */

static size_t word_length(struct slice s)
{
	return slice_cut(&s, ' ').n;
}

/* " for a@b c@d" at the end. A subject (T="…", quotes and backslashes in it
 * escaped) may hold " for " too, so that is passed over. */
static struct slice recipients(struct slice s)
{
	size_t at;

	if (cursor_find(s, " T=\"", &at)) {
		s = cursor_drop(s, at + 3);
		if (!cursor_quoted(&s))
			return (struct slice){ s.p, 0 };
	}
	if (!cursor_find(s, " for ", &at))
		return (struct slice){ s.p, 0 };
	return cursor_drop(s, at + 5);
}

static void read_arrival(struct slice s, struct exim_log_line *out)
{
	struct slice fields;
	struct exim_log_tail tail;

	out->addr = cursor_address(&s);
	if (slice_eq(out->addr, "<>"))
		out->addr.n = 0;
	fields = s;
	if (slice_starts(s, " R="))	/* the message this one answers */
		s = cursor_drop(s, 1), s = cursor_drop(s, word_length(s));
	if (cursor_take(&s, " H="))
		exim_log_host(s, out, &tail);
	else if (!exim_log_tail(s, &tail))
		tail.after = fields;
	if (tail.auth.n) {
		out->auth = true;
		out->auth_by = tail.auth;
	}
	out->text = tail.after.n ? tail.after : s;
	out->rcpts = recipients(out->text);
}

/* ---- deliveries ------------------------------------------------------- */

/* "|command args" and "/file" hold blanks: they end where "(parents)" or
 * "<address>" begin. */
static struct slice take_target(struct slice *s)
{
	struct slice target = *s;
	size_t n = s->n;

	if (!s->n || !strchr("|/>", *s->p))
		return cursor_address(s);
	if (!cursor_find(*s, " (", &n) && !cursor_find(*s, " <", &n))
		cursor_find(*s, " R=", &n);
	target.n = n;
	*s = cursor_drop(*s, n);
	return target;
}

static struct slice field(struct slice s, const char *key)
{
	size_t at;

	if (!cursor_find(s, key, &at))
		return (struct slice){ s.p, 0 };
	s = cursor_drop(s, at + strlen(key));
	s = slice_cut(&s, ' ');
	if (s.n && s.p[s.n - 1] == ':')
		s.n--;
	return s;
}

static void read_delivery(struct slice s, struct exim_log_line *out)
{
	out->addr = take_target(&s);
	if (out->type != EXIM_LOG_DELIVERY && out->addr.n &&
	    out->addr.p[out->addr.n - 1] == ':')
		out->addr.n--;		/* "** a@b: why" */
	cursor_take(&s, " ");
	if (slice_starts(s, "(")) {	/* the addresses in between */
		slice_cut(&s, ')');
		cursor_take(&s, " ");
	}
	if (cursor_take(&s, "<"))
		out->orig = slice_cut(&s, '>');
	out->router = field(s, "R=");
	out->transport = field(s, " T=");
	out->text = s;
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

static void read_body(struct slice s, struct exim_log_line *out)
{
	out->text = s;
	if (slice_eq(s, "Completed") || slice_starts(s, "Completed "))
		out->type = EXIM_LOG_COMPLETED;
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		if (!slice_starts(s, flags[i].flag) || s.n < 4 || s.p[2] != ' ')
			continue;
		memcpy(out->flag, flags[i].flag, 3);
		out->type = flags[i].type;
		s = cursor_drop(s, 3);
		if (out->type == EXIM_LOG_ARRIVAL)
			read_arrival(s, out);
		else
			read_delivery(s, out);
		return;
	}
}

void exim_log_parse(struct slice line, struct exim_log_line *out)
{
	memset(out, 0, sizeof(*out));
	exim_log_start(&line, out);
	/* Only a line about a message can say what became of one. */
	if (out->msgid.n)
		read_body(line, out);
	else
		out->text = line;
}

struct slice exim_log_domain(struct slice address)
{
	size_t i = address.n;

	while (i && address.p[i - 1] != '@')
		i--;
	return i ? cursor_drop(address, i) : (struct slice){ address.p, 0 };
}
