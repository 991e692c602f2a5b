#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/ip.h"
#include "base/text.h"
#include "priv/field.h"
#include "priv/relay_file.h"
#include "priv/relay_net.h"

#define ABSENT "absent"
#define LINE_MAX_BYTES 200

/* Single addresses are taken out of the first two. */
static const char *const lists[] = {
	"alwaysrelay", "trustedmailhosts", "skipsmtpcheckhosts", "backupmxhosts",
};

/* "trustedmailhosts:203.0.113.0/24": the file, and where its key begins. */
static const char *list_of(const char *name, const char **key)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		size_t n = strlen(lists[i]);

		if (!strncmp(name, lists[i], n) && name[n] == ':') {
			*key = name + n + 1;
			return lists[i];
		}
	}
	return NULL;
}

bool valid_relay_net(const char *name)
{
	const char *key, *list = list_of(name, &key);
	struct ip ip;

	if (!list || strlen(key) > 50 || key[strspn(key, "0123456789abcdefABCDEF.:/")])
		return false;
	return strchr(key, '/') || ((list == lists[0] || list == lists[1]) && ip_parse(&ip, key));
}

/* What would be put back as it is: printable bytes, none of them a line's end. */
static bool is_line(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' && s.p[i] != '\t')
			return false;
	return s.n && s.n <= LINE_MAX_BYTES && !memchr(s.p, 0x7f, s.n);
}

bool valid_relay_absent(const char *value)
{
	return !strcmp(value, ABSENT);
}

bool valid_relay_line(const char *value)
{
	struct slice rest = slice_of(value);
	uint64_t n;

	return valid_relay_absent(value) ||
		(slice_uint(slice_cut(&rest, ':'), 1000000, &n) && n && is_line(rest));
}

static bool ends_key(char c)
{
	return c == ':' || c == ' ' || c == '\t' || c == '\r';
}

/* The line begins with the key, quoted or not. */
static bool has_key(struct slice line, const char *key)
{
	size_t n = strlen(key);
	bool quoted = slice_starts(line, "\"");

	if (quoted)
		line = (struct slice){ line.p + 1, line.n - 1 };
	if (!slice_starts(line, key))
		return false;
	return quoted ? line.n > n && line.p[n] == '"' : line.n == n || ends_key(line.p[n]);
}

/* ---- the line ------------------------------------------------------------- */

struct found {
	unsigned number;	/* 0: it is not there */
	struct slice line;	/* with its end */
};

static int find(const struct relay_file *l, const char *name, const char *key,
		struct found *out, struct err *e)
{
	struct slice rest = l->text;
	unsigned number = 0;

	*out = (struct found){ .number = 0 };
	while (rest.n) {
		const char *begin = rest.p;
		struct slice line = slice_cut(&rest, '\n');

		number++;
		if (!has_key(line, key))
			continue;
		if (out->number)
			return err_set(e, ERR_DENIED, "%s stands in /etc/%s more than once; change it by hand",
				       key, name);
		out->number = number;
		out->line = (struct slice){ begin, line.n + (begin + line.n < l->text.p + l->text.n) };
	}
	return 0;
}

static int tell(const struct found *x, const char *name, char value[SETTING_MAX],
		struct err *e)
{
	struct slice rest = x->line, text = slice_cut(&rest, '\n');

	if (!x->number) {
		field_print(value, SETTING_MAX, "%s", ABSENT);
		return 0;
	}
	if (text.n == x->line.n || !is_line(text))
		return err_set(e, ERR_DENIED, "line %u of /etc/%s could not be put back as it is; change it by hand",
			       x->number, name);
	field_print(value, SETTING_MAX, "%u:%.*s", x->number, (int)text.n, text.p);
	return 0;
}

static int read_value(const char *account, const char *name, char value[SETTING_MAX],
		      struct err *e)
{
	struct arena a = ARENA_INIT;
	const char *key, *list = list_of(name, &key);
	struct found x;
	struct relay_file l;
	int rc = relay_file_read(list, &a, &l, e);

	(void)account;
	if (!rc)
		rc = find(&l, list, key, &x, e);
	if (!rc)
		rc = tell(&x, list, value, e);
	arena_clear(&a);
	return rc;
}

/* ---- writing -------------------------------------------------------------- */

/* Everything before the line of that number; NULL: there are not so many. */
static const char *before_line(struct slice text, uint64_t number)
{
	const char *p = text.p, *end = text.p + text.n;

	for (uint64_t i = 1; i < number; i++) {
		p = memchr(p, '\n', (size_t)(end - p));
		if (!p++)
			return NULL;
	}
	return p;
}

static int without(const struct relay_file *l, const struct found *x, struct buf *out)
{
	const char *after = x->line.p + x->line.n;

	buf_add(out, l->text.p, (size_t)(x->line.p - l->text.p));
	return buf_add(out, after, l->text.n - (size_t)(after - l->text.p));
}

static int with(const struct relay_file *l, const char *value, const char *name,
		struct buf *out, struct err *e)
{
	struct slice line = slice_of(value);
	const char *at;
	uint64_t number;

	if (!slice_uint(slice_cut(&line, ':'), 1000000, &number) ||
	    !(at = before_line(l->text, number)))
		return err_set(e, ERR_STALE, "/etc/%s has changed since and lacks the line's place; put it back by hand: %s",
			       name, value);
	buf_add(out, l->text.p, (size_t)(at - l->text.p));
	buf_add(out, line.p, line.n);
	buf_add(out, "\n", 1);
	return buf_add(out, at, l->text.n - (size_t)(at - l->text.p));
}

static int apply(const struct setting_act *act, struct arena *a, struct err *e)
{
	const char *key, *name = list_of(act->name, &key);
	struct buf out = BUF_INIT(RELAY_FILE_MAX + SETTING_MAX);
	struct found x;
	struct relay_file l;
	int rc;

	if (relay_file_read(name, a, &l, e) || find(&l, name, key, &x, e))
		return -1;
	if (strcmp(act->value, ABSENT))
		rc = x.number ? err_set(e, ERR_STALE, "%s stands in /etc/%s already", key, name) :
			with(&l, act->value, name, &out, e);
	else
		rc = x.number ? without(&l, &x, &out) : 0;
	if (!rc && out.data)
		rc = relay_file_write(name, &l, &out, e);
	buf_free(&out);
	return rc;
}

const struct setting setting_relay_net = {
	.what = "the line", .of_server = true, .read = read_value, .apply = apply,
};
