#include <stdlib.h>

#include "base/map.h"
#include "priv/csf_text.h"

#define PORT_MAX 65535

/* ---- lines ------------------------------------------------------------- */

/* Within one line: key and value, or false where it is none of the settings.
 * value.p is NULL where its quotation marks are missing. */
static bool take_setting(struct slice line, struct slice *key, struct slice *value)
{
	struct slice rest = line;
	const char *open, *close;

	if (!line.n || *line.p == '#' || *line.p == ' ' || *line.p == '\t' ||
	    !memchr(line.p, '=', line.n))
		return false;
	*key = slice_trim(slice_cut(&rest, '='));
	*value = (struct slice){ NULL, 0 };
	open = memchr(rest.p, '"', rest.n);
	close = memrchr(rest.p, '"', rest.n);
	if (open && close > open)
		*value = (struct slice){ open + 1, (size_t)(close - open) - 1 };
	return true;
}

static int refuse(struct err *e, unsigned line, const char *what, struct slice key)
{
	return err_set(e, ERR_UNAVAILABLE,
		       "line %u of /etc/csf/csf.conf %s (%.*s), so CSF would not start with it; correct it first",
		       line, what, (int)(key.n < 60 ? key.n : 60), key.p);
}

static bool is_key(struct slice key)
{
	for (size_t i = 0; i < key.n; i++)
		if (key.p[i] <= ' ' || key.p[i] > '~')
			return false;
	return key.n > 0;
}

int csf_text_check(struct slice text, struct err *e)
{
	struct arena a = ARENA_INIT;
	struct map seen = MAP_INIT(&a, 0);
	struct slice line, key, value;
	unsigned at = 0;
	int rc = !memchr(text.p ? text.p : "", '\0', text.n) ? 0 :
		err_set(e, ERR_UNAVAILABLE, "/etc/csf/csf.conf has a NUL byte: that is no text");

	while (!rc && slice_line(&text, &line)) {
		void **place;

		at++;
		if (!take_setting(line, &key, &value))
			continue;
		if (!is_key(key)) {
			rc = refuse(e, at, "begins with no name of a setting", SLICE("before its '='"));
			continue;
		}
		place = map_at(&seen, arena_strndup(&a, key.p, key.n));
		if (!value.p)
			rc = refuse(e, at, "has no value in quotation marks", key);
		else if (*place)
			rc = refuse(e, at, "sets once more what was set above", key);
		*place = &seen;
	}
	arena_clear(&a);
	return rc;
}

struct slice csf_text_value(struct slice text, const char *key)
{
	struct slice line, name, value;

	while (slice_line(&text, &line))
		if (take_setting(line, &name, &value) && slice_eq(name, key))
			return value;
	return (struct slice){ NULL, 0 };
}

/* ---- lists ------------------------------------------------------------- */

/* The next element as it stands, blanks and all; false behind the last one. */
static bool next(struct slice *rest, struct slice *one)
{
	if (!rest->p)
		return false;
	*one = *rest;
	if (memchr(rest->p, ',', rest->n))
		*one = slice_cut(rest, ',');
	else
		*rest = (struct slice){ NULL, 0 };
	return true;
}

static bool is_range(struct slice s, uint64_t *from, uint64_t *to)
{
	struct slice first = slice_cut(&s, ':');

	return slice_uint(first, PORT_MAX, from) && slice_uint(s, PORT_MAX, to) &&
		*from <= *to;
}

static bool covers(struct slice one, const char *item)
{
	uint64_t port, from, to;

	return slice_uint(slice_of(item), PORT_MAX, &port) &&
		is_range(one, &from, &to) && from <= port && port <= to;
}

bool csf_list_has(struct slice list, const char *item, bool *ranged)
{
	struct slice rest = list, one;
	bool has = false, range = false;

	while (next(&rest, &one)) {
		one = slice_trim(one);
		has |= slice_eq(one, item);
		range |= covers(one, item);
	}
	if (ranged)
		*ranged = range;
	return has || range;
}

static bool is_element(enum csf_list kind, struct slice s)
{
	uint64_t from, to;
	char name[33];

	if (kind == CSF_LIST_PORTS)
		return slice_uint(s, PORT_MAX, &from) || is_range(s, &from, &to);
	if (!s.n || s.n >= sizeof(name))
		return false;
	memcpy(name, s.p, s.n);
	name[s.n] = '\0';
	return text_is_account(name);
}

static int check_list(enum csf_list kind, struct slice list, struct err *e)
{
	struct slice rest = list, one;

	if (!slice_trim(list).n)
		return list.n ? err_set(e, ERR_DENIED, "the list in csf.conf is of blanks alone; tidy it up by hand first") : 0;
	while (next(&rest, &one))
		if (!is_element(kind, slice_trim(one)))
			return err_set(e, ERR_DENIED,
				       "the list in csf.conf has an element that is not understood (“%.*s”); tidy it up by hand first",
				       (int)(one.n < 60 ? one.n : 60), one.p);
	return 0;
}

static struct slice joined(struct arena *a, struct slice left, const char *between,
			   struct slice right)
{
	return slice_of(arena_printf(a, "%.*s%s%.*s", (int)left.n, left.p, between,
				     (int)right.n, right.p));
}

/* Without its last mention, which is the one that was added. */
static struct slice without(struct slice list, const char *item, struct arena *a)
{
	struct slice rest = list, one, last = { NULL, 0 }, before, after;

	while (next(&rest, &one))
		if (slice_eq(slice_trim(one), item))
			last = one;
	before = (struct slice){ list.p, (size_t)(last.p - list.p) };
	after = (struct slice){ last.p + last.n, list.n - before.n - last.n };
	if (before.n)		/* with the comma in front of it */
		before.n--;
	else if (after.n)
		after.p++, after.n--;
	return joined(a, before, "", after);
}

int csf_list_with(enum csf_list kind, struct slice list, const char *item, bool in,
		  struct arena *a, struct slice *out, struct err *e)
{
	bool ranged;
	bool has = csf_list_has(list, item, &ranged);

	*out = list;
	if (check_list(kind, list, e))
		return -1;
	if (has == in)
		return 0;
	if (in)
		*out = joined(a, list, list.n ? "," : "", slice_of(item));
	else if (ranged)
		return err_set(e, ERR_DENIED, "a range in csf.conf's list covers %s; it is not cut up here", item);
	else
		*out = without(list, item, a);
	if (csf_list_has(*out, item, NULL) == in)
		return 0;
	return err_set(e, ERR_DENIED, "%s stands more than once in csf.conf's list; tidy it up by hand first", item);
}
