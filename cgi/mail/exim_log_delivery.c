#include <string.h>

#include "mail/cursor.h"
#include "mail/exim_log_parts.h"

/* ---- arrivals --------------------------------------------------------- */

/* Every arrival has its size, which is a number. */
static bool fits_arrival(struct slice rest, struct exim_log_line *out)
{
	struct slice size;

	exim_log_client_fields(&rest, out);
	size = exim_log_field(out, "S");
	out->text = rest;
	return size.n && *size.p >= '0' && *size.p <= '9';
}

/* T="subject", in which anything may stand, then " from <a@b>" and
 * " for c@d e@f" at the end. */
static void read_rest(struct slice s, struct exim_log_line *out)
{
	struct slice t, from;
	bool ends;

	while (s.n) {
		if (cursor_take(&s, " for ")) {
			out->rcpts = s;
			return;
		}
		t = s;
		if (cursor_take(&t, " from ") && exim_log_angle(&t, &from)) {
			s = t;
			continue;
		}
		t = s;
		if (cursor_take(&t, " T=") && t.n && *t.p == '"') {
			struct slice quoted = t;

			if (!cursor_quoted(&t))
				return;
			out->subject = (struct slice){ quoted.p + 1,
				(size_t)(t.p - quoted.p) - 2 };
			s = t;
		} else if (!exim_log_any_field(&s, out, &ends)) {
			return;
		}
	}
}

/* "<= sender [R=the message that this one answers] [H=client …] fields" */
void exim_log_arrival(struct slice s, struct exim_log_line *out)
{
	struct slice sender = cursor_address(&s);
	struct exim_log_field answered;
	bool ends, is_answer = slice_starts(s, " R=") &&
		exim_log_any_field(&s, out, &ends) && out->nfields == 1;

	if (is_answer)
		answered = out->field[0];
	if (slice_eq(sender, "<>"))
		sender.n = 0;
	if (cursor_take(&s, " H=")) {
		exim_log_host(s, fits_arrival, out);
		out->host.present = true;
		out->host.ambiguous = !out->host.ip.family;
		if (is_answer && !out->host.ambiguous)
			exim_log_add(out, answered.key, answered.value);
	} else {
		fits_arrival(s, out);
	}
	out->sender = sender;
}

/* A login stands before the size: an id may hold "A=" as well. */
void exim_log_arrival_rest(struct exim_log_line *out)
{
	struct slice login = out->login;

	if (!out->host.ambiguous)
		read_rest(out->text, out);
	out->login = login;
	out->text = (struct slice){ NULL, 0 };
}

/* ---- deliveries ------------------------------------------------------- */

/*
 * "|command args" and "/file" hold blanks and whatever else: they end where the
 * addresses that they come from begin, which the router follows.
 */
static struct slice take_target(struct slice *s)
{
	struct slice target = *s;
	size_t n = s->n;
	bool orig = false;

	if (!s->n || !strchr("|/>", *s->p) || !*s->p)
		return cursor_address(s);
	cursor_find(*s, " R=", &n);
	target.n = n;
	for (size_t i = n; i > 1; i--) {	/* from the right */
		if (s->p[i - 2] != ' ')
			continue;
		if (s->p[i - 1] == '(') {
			target.n = i - 2;
			break;
		}
		if (s->p[i - 1] == '<' && !orig) {
			target.n = i - 2;
			orig = true;
		}
	}
	*s = cursor_drop(*s, target.n);
	return target;
}

/* " (a@b, c@d)": the addresses in between. Quoted local parts may hold ')'. */
static void take_parents(struct slice *s, struct exim_log_line *out)
{
	bool quoted = false;

	if (!slice_starts(*s, " ("))
		return;
	for (size_t i = 2; i < s->n; i++) {
		if (s->p[i] == '"')
			quoted = !quoted;
		else if (quoted && s->p[i] == '\\')
			i++;
		else if (!quoted && s->p[i] == ')') {
			out->parents = (struct slice){ s->p + 2, i - 2 };
			*s = cursor_drop(*s, i + 1);
			return;
		}
	}
}

/* " H=name [ip]:port": the host that was spoken to, by our own look-up. The
 * port may be followed by "*" (the connection was used before). */
static bool take_host(struct slice *s, struct exim_log_line *out)
{
	struct exim_log_host h = { .present = true };
	struct slice t = *s;
	const char *at;

	if (!cursor_take(&t, " H="))
		return false;
	at = t.n ? memchr(t.p, '[', t.n) : NULL;
	if (!at || (at > t.p && at[-1] != ' '))
		return false;
	if (at > t.p)
		h.name = (struct slice){ t.p, (size_t)(at - t.p) - 1 };
	if (h.name.n && memchr(h.name.p, ' ', h.name.n))
		return false;
	t = cursor_drop(t, (size_t)(at - t.p));
	if (!exim_log_ip(&t, &h))
		return false;
	cursor_take(&t, "*");
	out->host = h;
	*s = t;
	return true;
}

/* " defer (-44)" */
static bool take_errno(struct slice *s, struct exim_log_line *out)
{
	struct slice t = *s, number;
	bool negative;
	uint64_t n;

	if (!cursor_take(&t, " defer ("))
		return false;
	negative = cursor_take(&t, "-");
	number = slice_cut(&t, ')');
	if (!slice_uint(number, 65535, &n))
		return false;
	out->has_errno = true;
	out->error = negative ? -(int)n : (int)n;
	*s = t;
	return true;
}

/* The fields up to ": reason"; a delivery that worked has fields only. */
static void read_fields(struct slice s, struct exim_log_line *out)
{
	bool ends = false, has_reason = out->type != EXIM_LOG_DELIVERY;

	while (s.n && !ends) {
		if (take_host(&s, out) || (has_reason && take_errno(&s, out))) {
			ends = has_reason && s.n && *s.p == ':';
			if (ends)
				s = cursor_drop(s, 1);
			continue;
		}
		if (has_reason && (cursor_take(&s, " :") || cursor_take(&s, ":")))
			break;
		if (!exim_log_any_field(&s, out, &ends))
			break;
	}
	if (!has_reason)
		return;
	cursor_take(&s, " ");
	exim_log_times(&s, out);
	out->text = s;
}

void exim_log_delivery(struct slice s, struct exim_log_line *out)
{
	struct slice t;

	out->addr = take_target(&s);
	if (out->type != EXIM_LOG_DELIVERY && out->addr.n &&
	    out->addr.p[out->addr.n - 1] == ':') {
		out->addr.n--;		/* "** a@b: why" */
		s = (struct slice){ s.p - 1, s.n + 1 };
	}
	take_parents(&s, out);
	t = s;
	if (cursor_take(&t, " ") && exim_log_angle(&t, &out->orig))
		s = t;
	read_fields(s, out);
}
