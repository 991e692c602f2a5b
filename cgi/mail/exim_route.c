#include <string.h>
#include <strings.h>

#include "mail/cursor.h"
#include "mail/exim_route.h"

#define HOSTS_MAX 100

bool exim_route_is_of(const struct exim_route *r, const char *address)
{
	const char *of = r->asked ? r->asked : r->address;

	return of && !strcasecmp(of, address);
}

const char *exim_route_kind_name(enum exim_route_kind k)
{
	static const char *const names[] = {
		[EXIM_ROUTE_UNKNOWN] = "unknown", [EXIM_ROUTE_LOCAL] = "local",
		[EXIM_ROUTE_REMOTE] = "remote", [EXIM_ROUTE_FAIL] = "fail",
		[EXIM_ROUTE_DEFER] = "defer",
	};

	return names[k];
}

static const char *copy(struct arena *a, struct slice s)
{
	return arena_strndup(a, s.n ? s.p : "", s.n);
}

/* ": reason", which Exim shows to its administrators only. */
static const char *reason(struct slice rest, struct arena *a)
{
	return cursor_take(&rest, ": ") && rest.n ? copy(a, rest) : NULL;
}

/* The first line of a result: whose it is, and the kind where it says so. */
static bool headline(struct slice line, struct arena *a, struct exim_route *r)
{
	struct slice rest = line;
	bool discarded = cursor_take(&rest, "mail to ");

	if (cursor_take(&rest, "syntax error: ")) {
		r->kind = EXIM_ROUTE_FAIL;
		r->why = copy(a, line);
		return true;
	}
	r->address = copy(a, cursor_address(&rest));
	if (discarded && slice_eq(rest, " is discarded")) {
		r->kind = EXIM_ROUTE_LOCAL;
		r->why = "Exim discards the message";
	} else if (cursor_take(&rest, " is undeliverable")) {
		r->kind = EXIM_ROUTE_FAIL;
		r->why = reason(rest, a);
	} else if (cursor_take(&rest, " cannot be resolved at this time")) {
		r->kind = EXIM_ROUTE_DEFER;
		r->why = reason(rest, a);
	} else if (cursor_take(&rest, " -> ")) {	/* a pipe or a file */
		r->kind = EXIM_ROUTE_LOCAL;
		r->asked = r->address;
		r->address = copy(a, rest);
	} else if (slice_trim(rest).n && !slice_starts(slice_trim(rest), "[duplicate")) {
		return false;
	}
	return true;
}

/* "router = NAME, transport = NAME"; "transport = NAME" under a pipe. */
static void names(struct slice line, struct arena *a, struct exim_route *r)
{
	struct slice name;

	if (cursor_take(&line, "router = ")) {
		name = slice_cut(&line, ',');
		r->router = copy(a, name);
		line = slice_trim(line);
	}
	if (cursor_take(&line, "transport = ") && !slice_starts(line, "<unset>"))
		r->transport = copy(a, line);
}

static bool number(struct slice word, const char *key, uint64_t max, uint64_t *out)
{
	return cursor_take(&word, key) && slice_uint(word, max, out);
}

/* "host NAME [ADDRESS] MX=n port=n ** unusable **", padded with blanks. */
static void host(struct slice line, struct arena *a, struct exim_route *r,
		 size_t *cap)
{
	struct exim_route_host h = { .mx = -1 };
	struct exim_route_host *hosts;
	uint64_t n;

	if (r->nhosts == HOSTS_MAX)
		return;
	h.name = copy(a, slice_cut(&line, ' '));
	while ((line = slice_trim(line)).n) {
		struct slice w = slice_cut(&line, ' ');

		if (number(w, "MX=", 65535, &n))
			h.mx = (int)n;
		else if (number(w, "port=", 65535, &n))
			h.port = (unsigned)n;
		else if (slice_eq(w, "unusable"))
			h.unusable = true;
		else if (cursor_take(&w, "[") && w.n && w.p[w.n - 1] == ']')
			ip_parse(&h.ip, arena_strndup(a, w.p, w.n - 1));
	}
	hosts = arena_grow(a, (void *)(uintptr_t)r->hosts, r->nhosts, cap,
			   sizeof(*hosts));
	hosts[r->nhosts++] = h;
	r->hosts = hosts;
}

/* Mail for another host: over SMTP, and not to a delivery agent on loopback. */
static bool leaves(const struct exim_route *r)
{
	for (size_t i = 0; i < r->nhosts; i++)
		if (!ip_is_loopback(&r->hosts[i].ip))
			return true;
	return !r->nhosts && r->transport && strstr(r->transport, "smtp");
}

static void detail(struct slice line, struct arena *a, struct exim_route *r,
		   size_t *cap)
{
	line = slice_trim(line);
	if (cursor_take(&line, "<-- "))
		r->asked = copy(a, line);	/* the last one is the eldest */
	else if (cursor_take(&line, "host "))
		host(line, a, r, cap);
	else
		names(line, a, r);
}

static bool is_detail(struct slice line)
{
	return line.n && (*line.p == ' ' || *line.p == '\t');
}

/* One result: its headline and the indented lines under it, off *rest. False
 * for what is none (a log line, a prompt). */
static bool result(struct slice *rest, struct arena *a, struct exim_route *r)
{
	struct slice line, all = *rest, ahead;
	size_t cap = 0;
	bool ok;

	memset(r, 0, sizeof(*r));
	slice_line(rest, &line);
	while (cursor_take(&line, "> "))
		;
	ok = line.n && !is_detail(line) && !slice_starts(line, "LOG:") &&
		headline(line, a, r);
	for (ahead = *rest; slice_line(&ahead, &line) && is_detail(line); *rest = ahead)
		if (ok)
			detail(line, a, r, &cap);
	all.n -= rest->n;
	while (all.n && (all.p[all.n - 1] == '\n' || all.p[all.n - 1] == '\r'))
		all.n--;
	r->text = copy(a, all);
	if (ok && r->kind == EXIM_ROUTE_UNKNOWN && (r->router || r->transport))
		r->kind = leaves(r) ? EXIM_ROUTE_REMOTE : EXIM_ROUTE_LOCAL;
	return ok && r->kind != EXIM_ROUTE_UNKNOWN;
}

size_t exim_routes(struct slice bt, struct arena *a, const struct exim_route **out)
{
	struct exim_route *list = NULL, r;
	size_t n = 0, cap = 0;

	while (bt.n && n < EXIM_ROUTES_MAX) {
		if (!result(&bt, a, &r))
			continue;
		list = arena_grow(a, list, n, &cap, sizeof(*list));
		list[n++] = r;
	}
	*out = list;
	return n;
}

static const struct exim_route *first_of(const struct exim_route *list, size_t n,
					 enum exim_route_kind kind)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].kind == kind)
			return &list[i];
	return NULL;
}

void exim_route_parse(struct slice bt, struct arena *a, struct exim_route *out)
{
	const struct exim_route *list, *r;
	size_t n = exim_routes(bt, a, &list);

	memset(out, 0, sizeof(*out));
	r = first_of(list, n, EXIM_ROUTE_DEFER);
	if (!r)
		r = first_of(list, n, EXIM_ROUTE_FAIL);
	if (!r && n)
		r = &list[0];
	if (r)
		*out = *r;
	while (bt.n && (bt.p[bt.n - 1] == '\n' || bt.p[bt.n - 1] == '\r'))
		bt.n--;
	out->text = copy(a, bt);
}
