#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/text.h"
#include "base/utf8.h"
#include "priv/field.h"
#include "priv/files.h"
#include "priv/own_setting.h"

#define DIRECTORY "/etc/relaydoctor"
#define FILE_NAME "relaydoctor.conf"
#define BELOW_ROOT "etc/relaydoctor/" FILE_NAME
#define FILE_MAX (1u << 20)
#define MODE 0644
#define ABSENT "absent"
#define BARE "set"
#define BOM "\xef\xbb\xbf"

static const struct key {
	const char *name;
	bool many;	/* by the word after it */
} keys[] = {
	{ "address", true }, { "gateway", true }, { "probe_to", true }, { "mute", true },
	{ "one_call", true },
	{ "scan_every", false }, { "scan_on_change", false }, { "probe_every", false },
	{ "api_rate", false },
};

/* ---- arguments ------------------------------------------------------------ */

/* about: the word after the key; empty where there is none. */
static const struct key *key_of(const char *name, struct slice *about)
{
	struct slice rest = slice_of(name), key = slice_cut(&rest, ':');

	*about = rest;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (slice_eq(key, keys[i].name))
			return keys[i].many == (rest.n > 0) ? &keys[i] : NULL;
	return NULL;
}

bool valid_own_setting(const char *name)
{
	struct slice about;

	for (const char *p = name; *p; p++)
		if (*p <= ' ' || *p > '~')
			return false;
	return key_of(name, &about) && !strchr(name, '=');
}

/* What a person reads as it stands: no control, no mark that turns its direction. */
static bool is_line(struct slice s)
{
	bool fits = s.n > 0 && s.n < SETTING_MAX && slice_trim(s).n == s.n;

	for (size_t n; fits && s.n; s = (struct slice){ s.p + n, s.n - n }) {
		n = utf8_length(s);
		fits = n && !utf8_unshown(s);
	}
	return fits;
}

bool valid_own_value(const char *value)
{
	return is_line(slice_of(value));
}

/* ---- the file --------------------------------------------------------------- */

struct own_file {
	struct slice text;
	struct stat st;		/* whose mode and group it keeps */
};

/* Without a file there are no settings. */
static int read_file(struct arena *a, struct own_file *f, struct err *e)
{
	int fd = files_open_roots(BELOW_ROOT, FILE_MAX, e), rc;
	char *p = NULL;

	*f = (struct own_file){ .st = { .st_mode = MODE } };
	if (fd < 0)
		return e->code == ERR_NOT_FOUND ? 0 : -1;
	rc = io_read_all(fd, FILE_MAX, a, &p, &f->text.n, FILE_NAME, e);
	if (!rc && fstat(fd, &f->st))
		rc = err_set(e, ERR_UNAVAILABLE, DIRECTORY "/" FILE_NAME ": %s", strerror(errno));
	close(fd);
	f->text.p = p;
	return rc;
}

static int write_file(const struct own_file *f, const struct buf *b, struct err *e)
{
	int dir = open(DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), rc;

	if (dir < 0)
		return err_set(e, ERR_UNAVAILABLE, DIRECTORY ": %s", strerror(errno));
	rc = io_replace_like(dir, FILE_NAME, &f->st, b->data ? b->data : "", b->len, e);
	close(dir);
	return rc;
}

/* ---- its line ---------------------------------------------------------------- */

struct found {
	bool there;
	struct slice line;	/* with its end, of the file's text */
	struct slice value;
};

static struct slice first_word(struct slice *rest)
{
	struct slice w = { rest->p, 0 };

	while (w.n < rest->n && w.p[w.n] != ' ' && w.p[w.n] != '\t')
		w.n++;
	*rest = slice_trim((struct slice){ rest->p + w.n, rest->n - w.n });
	return w;
}

/* The line sets this key, about this; value is what is left of it. */
static bool is_it(struct slice line, const struct key *key, struct slice about,
		  struct slice *value)
{
	struct slice word;

	if (slice_starts(line, BOM))
		line = (struct slice){ line.p + strlen(BOM), line.n - strlen(BOM) };
	*value = line;
	if (!memchr(line.p, '=', line.n) || !slice_eq(slice_trim(slice_cut(value, '=')), key->name))
		return false;
	*value = slice_trim(*value);
	if (!key->many)
		return true;
	word = first_word(value);
	return word.n == about.n && !memcmp(word.p, about.p, about.n);
}

static int find(struct slice text, const char *name, struct found *out, struct err *e)
{
	struct slice about, value, rest = text, line;
	const struct key *key = key_of(name, &about);

	*out = (struct found){ .there = false };
	for (const char *begin = rest.p; slice_line(&rest, &line); begin = rest.p) {
		if (!line.n || !is_it(line, key, about, &value))
			continue;
		if (out->there)
			return err_set(e, ERR_DENIED, "%s stands in " DIRECTORY "/" FILE_NAME " more than once; change it by hand",
				       name);
		*out = (struct found){ true, { begin, (size_t)(rest.n ? rest.p - begin :
				text.p + text.n - begin) }, value };
	}
	return 0;
}

static int tell(const struct found *x, const char *name, char value[SETTING_MAX],
		struct err *e)
{
	bool odd = x->there && x->value.n && (!is_line(x->value) ||
		slice_eq(x->value, BARE) || slice_eq(x->value, ABSENT));

	if (odd)
		return err_set(e, ERR_DENIED, "the line of %s in " DIRECTORY "/" FILE_NAME " could not be put back as it is; change it by hand",
			       name);
	if (x->there && x->value.n)
		field_print(value, SETTING_MAX, "%.*s", (int)x->value.n, x->value.p);
	else
		field_print(value, SETTING_MAX, "%s", x->there ? BARE : ABSENT);
	return 0;
}

static int read_value(const char *account, const char *name, char value[SETTING_MAX],
		      struct err *e)
{
	struct arena a = ARENA_INIT;
	struct own_file f;
	struct found x;
	int rc;

	(void)account;
	rc = read_file(&a, &f, e) || find(f.text, name, &x, e) || tell(&x, name, value, e) ? -1 : 0;
	arena_clear(&a);
	return rc;
}

static void put_line(struct buf *out, const char *name, const char *value)
{
	struct slice about;
	const struct key *key = key_of(name, &about);

	buf_printf(out, "%s =", key->name);
	if (about.n)
		buf_printf(out, " %.*s", (int)about.n, about.p);
	if (strcmp(value, BARE))
		buf_printf(out, " %s", value);
	buf_puts(out, "\n");
}

static int apply(const struct setting_act *act, struct arena *a, struct err *e)
{
	struct buf out = BUF_INIT(FILE_MAX);
	struct own_file f;
	struct found x;
	const char *after, *end;
	int rc;

	if (read_file(a, &f, e) || find(f.text, act->name, &x, e))
		return -1;
	end = f.text.p + f.text.n;
	after = x.there ? x.line.p + x.line.n : end;
	buf_add(&out, f.text.p, x.there ? (size_t)(x.line.p - f.text.p) : f.text.n);
	if (out.len && out.data[out.len - 1] != '\n')
		buf_puts(&out, "\n");
	if (strcmp(act->value, ABSENT))
		put_line(&out, act->name, act->value);
	buf_add(&out, after, (size_t)(end - after));
	rc = out.full ? err_set(e, ERR_LIMIT, DIRECTORY "/" FILE_NAME " would be larger than 1 MiB") :
		write_file(&f, &out, e);
	buf_free(&out);
	return rc;
}

const struct setting setting_own = {
	.what = "the setting", .of_server = true, .read = read_value, .apply = apply,
};
