#include <string.h>

#include "mail/cursor.h"
#include "mail/probe.h"

#define BANNER_KEPT 400

static struct slice word(struct slice *s)
{
	return slice_cut(s, ' ');
}

static bool take_number(struct slice s, unsigned max, unsigned *out)
{
	uint64_t n;

	if (!slice_uint(s, max, &n))
		return false;
	*out = (unsigned)n;
	return true;
}

static bool take_user(struct slice s, enum out_user *out)
{
	for (int u = 0; u < OUT_USERS; u++)
		if (slice_eq(s, out_user_name((enum out_user)u))) {
			*out = (enum out_user)u;
			return true;
		}
	return false;
}

static bool take_result(struct slice s, enum out_result *out)
{
	for (int r = 0; r <= OUT_NOT_TRIED; r++)
		if (slice_eq(s, out_result_name((enum out_result)r))) {
			*out = (enum out_result)r;
			return true;
		}
	return false;
}

static const char *printable(struct slice s, struct arena *a)
{
	size_t n = s.n < BANNER_KEPT ? s.n : BANNER_KEPT;
	char *out = arena_strndup(a, s.p, n);

	for (size_t i = 0; i < n; i++)
		if (out[i] < ' ' || out[i] == 0x7f)
			out[i] = '?';
	return n ? out : NULL;
}

static bool take_try(struct slice line, struct arena *a, struct out_try *t)
{
	struct slice user = word(&line), to = word(&line), port = word(&line);
	struct slice result = word(&line), error = word(&line), ms = word(&line);
	struct slice offender = word(&line), kept = word(&line), end = word(&line);
	unsigned number;

	memset(t, 0, sizeof(*t));
	if (!take_user(user, &t->user) || !ip_read(&t->to, to) ||
	    !take_number(port, 65535, &t->port) || !take_result(result, &t->result) ||
	    !take_number(error, 4095, &number) || !take_number(ms, 1000000, &t->ms))
		return false;
	t->error = (int)number;
	if (!slice_eq(offender, "-") && !ip_read(&t->offender, offender))
		return false;
	t->kept_here = slice_eq(kept, "kept");
	t->ends_here = slice_eq(end, "here");
	t->banner = printable(line, a);
	return true;
}

static void take_head(struct slice line, struct arena *a, struct out_probe *out)
{
	struct slice at = word(&line);
	uint64_t seconds;
	char *account;

	if (!slice_uint(at, INT64_MAX, &seconds) || !line.n)
		return;
	out->present = true;
	out->at = (int64_t)seconds;
	account = arena_strndup(a, line.p, line.n);
	out->account = text_is_account(account) ? account : NULL;
}

void probe_read(struct slice text, struct arena *a, struct out_probe *out)
{
	struct out_try *all = NULL, one;
	size_t n = 0, cap = 0;
	struct slice line;

	memset(out, 0, sizeof(*out));
	while (n < PROBE_TRIES_MAX && slice_line(&text, &line)) {
		if (cursor_take(&line, "probe 1 "))
			take_head(line, a, out);
		if (!out->present || !cursor_take(&line, "try ") ||
		    !take_try(line, a, &one))
			continue;
		all = arena_grow(a, all, n, &cap, sizeof(*all));
		all[n++] = one;
	}
	out->tries = all;
	out->ntries = n;
}
