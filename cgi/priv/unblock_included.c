#include <stdio.h>
#include <string.h>

#include "priv/address_list.h"
#include "priv/csf.h"
#include "priv/field.h"
#include "priv/included.h"
#include "priv/unblock.h"

#define PATH_MAX_BYTES 64

static const struct address_list deny = { "etc/csf", "csf.deny", false };

/* One of the files that csf.deny includes, as an address_list. */
struct place {
	char path[PATH_MAX_BYTES], dir[PATH_MAX_BYTES];
	struct address_list list;
};

static bool place_of(struct slice name, struct place *out)
{
	char *slash;

	if (name.n >= sizeof(out->path) || memchr(name.p, '\0', name.n))
		return false;
	memcpy(out->path, name.p, name.n);
	out->path[name.n] = '\0';
	if (!text_is_csf_include(out->path))
		return false;
	memcpy(out->dir, out->path + 1, name.n);
	slash = strrchr(out->dir, '/');
	*slash = '\0';
	out->list = (struct address_list){ out->dir, slash + 1, false };
	return true;
}

/* "/etc/csf/x: line 2: TEXT" */
static bool split(const char *value, struct place *p, unsigned *number, struct slice *line)
{
	struct slice rest = slice_of(value);

	return place_of(slice_cut(&rest, ':'), p) && rest.n && *rest.p == ' ' &&
		address_value_split(rest.p + 1, number, line);
}

bool valid_included_line(const char *s)
{
	struct slice line;
	unsigned number;
	struct place p;

	return split(s, &p, &number, &line);
}

/* ---- reading ------------------------------------------------------------ */

/* Of the files it includes those that may be changed: the first INCLUDED_MAX, as
 * the scan reads them. False behind the last. */
static bool next_place(struct slice *rest, unsigned *seen, struct place *out)
{
	struct slice name;

	while (included_next(rest, &name) && (*seen)++ < INCLUDED_MAX)
		if (place_of(name, out))
			return true;
	return false;
}

static int refuse(const struct place *p, const char *ip, const char *why, struct err *e)
{
	return err_set(e, ERR_DENIED, "%s: the entry of %s %s; change it by hand", p->path, ip, why);
}

/* The entry in this file as a value; "" where it has none. Refused where a text without
 * it could not be given it back byte for byte. */
static int read_place(const struct place *p, const char *ip, char value[SETTING_MAX],
		      struct err *e)
{
	struct arena a = ARENA_INIT;
	struct address_entry x;
	struct address_file f;
	char one[SETTING_MAX];
	int rc;

	value[0] = '\0';
	rc = address_list_read(&p->list, ip, one, e) || address_file_read(&p->list, &a, &f, e) ? -1 : 0;
	if (!rc && address_entries(&p->list, f.text, ip, &x)) {
		if (x.whole == x.line.n)
			rc = refuse(p, ip, "is the last line and has no newline behind it", e);
		else if (strcasestr(one, "do not delete"))
			rc = refuse(p, ip, "says “do not delete”", e);
		else if (snprintf(value, SETTING_MAX, "%s: %s", p->path, one) >= SETTING_MAX)
			rc = refuse(p, ip, "is too long", e);
	}
	arena_clear(&a);
	return rc;
}

/* csf.deny decides which files are lists at all, each time anew. */
static int read_value(const char *account, const char *ip, char value[SETTING_MAX],
		      struct err *e)
{
	struct arena a = ARENA_INIT;
	struct address_file f;
	char found[SETTING_MAX];
	unsigned seen = 0;
	struct place p;
	int rc = address_file_read(&deny, &a, &f, e);

	(void)account;
	field_print(value, SETTING_MAX, "%s", NOT_LISTED);
	while (!rc && next_place(&f.text, &seen, &p)) {
		rc = read_place(&p, ip, found, e);
		if (rc || !*found || !strcmp(found, value))
			continue;
		if (strcmp(value, NOT_LISTED))
			rc = refuse(&p, ip, "stands in another file as well that csf.deny includes", e);
		else
			field_print(value, SETTING_MAX, "%s", found);
	}
	arena_clear(&a);
	return rc;
}

/* ---- writing ------------------------------------------------------------ */

static bool is_included(const char *path, struct err *e)
{
	struct arena a = ARENA_INIT;
	struct address_file f;
	unsigned seen = 0;
	struct place p;
	bool is = false;

	if (address_file_read(&deny, &a, &f, e))
		return false;
	while (!is && next_place(&f.text, &seen, &p))
		is = !strcmp(p.path, path);
	arena_clear(&a);
	if (!is)
		err_set(e, ERR_STALE, "/etc/csf/csf.deny does not include %s any more", path);
	return is;
}

/* The file's text as it is to be, in a; as it is where nothing is to be done. */
static int wanted(const struct setting_act *x, const struct place *p, unsigned number,
		  struct slice line, struct slice *text, struct arena *a, struct err *e)
{
	struct address_entry entry;
	unsigned n = address_entries(&p->list, *text, x->name, &entry);

	if (strcmp(x->value, NOT_LISTED)) {
		if (!n)
			*text = address_text_with(*text, number, line, a);
		return 0;
	}
	if (n != 1 || entry.number != number || entry.line.n != line.n ||
	    memcmp(entry.line.p, line.p, line.n))
		return err_set(e, ERR_STALE, "%s was changed meanwhile", p->path);
	*text = address_text_without(*text, &entry, a);
	return 0;
}

/* What was in it before, in old. */
static int edit(const struct setting_act *x, struct place *p, struct arena *a,
		struct slice *old, struct err *e)
{
	bool out = !strcmp(x->value, NOT_LISTED);
	struct address_file f;
	struct slice line, text;
	unsigned number;

	if (!split(out ? x->before : x->value, p, &number, &line))
		return err_set(e, ERR_BUG, "the line that was there is not known");
	if (!is_included(p->path, e) || address_file_read(&p->list, a, &f, e))
		return -1;
	*old = text = f.text;
	if (wanted(x, p, number, line, &text, a, e))
		return -1;
	return text.p == old->p ? 0 : csf_replace(p->path, text.p, text.n, e);
}

/* csf.conf is looked at first: with one that csf refuses, nothing would come of it. */
static int apply(const struct setting_act *x, struct arena *a, struct err *e)
{
	struct err why, unwritten;
	struct csf_conf conf;
	struct slice old = { NULL, 0 };
	struct place p;

	if ((!x->rules_apart && csf_read(a, &conf, e)) || edit(x, &p, a, &old, e))
		return -1;
	if (x->rules_apart || !csf_restart(x->lock, &why))
		return 0;
	if (csf_replace(p.path, old.p ? old.p : "", old.n, &unwritten))
		return err_set(e, ERR_UNAVAILABLE, "%.200s; and %s could not be put back: %.200s",
			       why.text, p.path, unwritten.text);
	*e = why;
	return -1;
}

const struct setting setting_csf_included = {
	.what = "the entry in a file that csf.deny includes", .of_server = true, .guarded = true,
	.read = read_value, .apply = apply,
};
