#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/io.h"
#include "priv/aliases.h"
#include "priv/field.h"
#include "priv/files.h"
#include "priv/lines.h"
#include "priv/panel.h"
#include "priv/valid.h"

#define FILE_MAX (8u << 20)
#define TARGETS_MAX 4	/* each is a call, which an account can make last, with the lock held */

static const char *domain_of(const char *name)
{
	const char *at = strrchr(name, '@');

	return at ? at + 1 : name;
}

/* ---- reading ------------------------------------------------------------ */

/* The line after the value's begins with a blank: it goes on there. */
static bool goes_on(struct slice text, struct slice value)
{
	const char *end = text.p + text.n, *p = value.p + value.n;

	while (p < end && (*p == '\r' || *p == '\n'))
		p++;
	return p > value.p + value.n && p < end && (*p == ' ' || *p == '\t');
}

static int refuse(const char *what, const char *name, struct err *e)
{
	return err_set(e, ERR_DENIED,
		       "%s of %s is written in a way that could not be put back as it is: change it in cPanel",
		       what, name);
}

/* The value behind key in a file of the account's below directory; value is "" where
 * there is no such line, or no such file. */
static int read_line(const char *directory, const char *key, const char *account,
		     const char *name, const char *what, char value[SETTING_MAX],
		     struct err *e)
{
	struct arena a = ARENA_INIT;
	struct slice text = { NULL, 0 }, found;
	char path[300];
	char *p;
	int fd, rc;

	value[0] = '\0';
	field_print(path, sizeof(path), "%s/%s", directory, domain_of(name));
	fd = files_open_accounts(path, FILE_MAX, account, e);
	if (fd < 0)
		return e->code == ERR_NOT_FOUND ? 0 : -1;
	rc = io_read_all(fd, FILE_MAX, &a, &p, &text.n, path, e);
	close(fd);
	if (!rc) {
		text.p = p;
		found = lines_value(text, key);
		rc = found.p && goes_on(text, found) ? refuse(what, name, e) : 0;
		found = slice_trim(found);
		if (!rc && (found.n >= SETTING_MAX || (found.n && memchr(found.p, '\0', found.n))))
			rc = refuse(what, name, e);
		if (!rc && found.n) {
			memcpy(value, found.p, found.n);
			value[found.n] = '\0';
		}
	}
	arena_clear(&a);
	return rc;
}

/* Blanks around commas do not count, and neither does the order. */
static void normalise(char value[SETTING_MAX])
{
	struct slice rest = slice_of(value);
	char out[SETTING_MAX];
	size_t n = 0;

	while (rest.n) {
		struct slice s = slice_trim(slice_cut(&rest, ','));

		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%.*s", n ? "," : "",
				      (int)s.n, s.p);
	}
	out[n] = '\0';
	memcpy(value, out, n + 1);
	text_sort_list(value);
}

static int read_forwarder(const char *account, const char *name,
			  char value[SETTING_MAX], struct err *e)
{
	static const char what[] = "the forwarder";

	if (read_line("etc/valiases", name, account, name, what, value, e))
		return -1;
	normalise(value);
	if (!*value)
		field_print(value, SETTING_MAX, "none");
	return valid_forwards(value) ? 0 : refuse(what, name, e);
}

static int read_default(const char *account, const char *name,
			char value[SETTING_MAX], struct err *e)
{
	static const char what[] = "the default address";

	if (read_line("etc/valiases", "*", account, name, what, value, e))
		return -1;
	if (!strncasecmp(value + (*value == '"'), ":fail:", 6))
		field_print(value, SETTING_MAX, ":fail:");
	return valid_default_address(value) ? 0 : refuse(what, name, e);
}

static int read_domain_forward(const char *account, const char *name,
			       char value[SETTING_MAX], struct err *e)
{
	static const char what[] = "the domain forwarder";

	if (read_line("etc/vdomainaliases", name, account, name, what, value, e))
		return -1;
	if (!*value)
		field_print(value, SETTING_MAX, "none");
	return valid_mx_host(value) ? 0 : refuse(what, name, e);
}

/* ---- writing ------------------------------------------------------------ */

static bool lists(const char *list, struct slice one)
{
	struct slice rest = slice_of(list);

	while (rest.n) {
		struct slice s = slice_cut(&rest, ',');

		if (s.n == one.n && !memcmp(s.p, one.p, one.n))
			return true;
	}
	return false;
}

/* The next one of *rest that `other` has not. */
static bool next_missing(struct slice *rest, const char *other, struct slice *out)
{
	while (rest->n) {
		*out = slice_cut(rest, ',');
		if (!lists(other, *out))
			return true;
	}
	return false;
}

static struct slice targets(const char *value)
{
	return slice_of(strcmp(value, "none") ? value : "");
}

static size_t count_missing(const char *from, const char *other)
{
	struct slice rest = targets(from), one;
	size_t n = 0;

	while (next_missing(&rest, other, &one))
		n++;
	return n;
}

/* One target goes or comes. */
static void ask_forwarder(const struct setting_act *x, const char *target, bool add,
			  struct reply *r)
{
	struct uapi_call c = {
		.account = x->account, .module = "Email",
		.function = "delete_forwarder",
		.key = { "address", "forwarder" }, .value = { x->name, target },
		.deadline_ms = COMMAND_WRITE_MS, .lock = x->lock,
	};
	static const char *const keys[] = { "domain", "email", "fwdopt", "fwdemail" };
	const char *const values[] = { domain_of(x->name), x->name, "fwd", target };

	if (add) {
		c.function = "add_forwarder";
		memcpy(c.key, keys, sizeof(keys));
		memcpy(c.value, values, sizeof(values));
	}
	panel_change(&c, REPLY_PLAIN, r);
}

/* Those of `from` that `other` has not. The first reply that is not plain success
 * stays in r. */
static void ask_difference(const struct setting_act *x, const char *from,
			   const char *other, bool add, struct reply *r)
{
	struct slice rest = targets(from), s;
	char target[SETTING_MAX];
	struct reply one;

	while (next_missing(&rest, other, &s)) {
		memcpy(target, s.p, s.n);
		target[s.n] = '\0';
		ask_forwarder(x, target, add, &one);
		if (!*r->why)
			*r = one;
	}
}

static int write_forwarder(const struct setting_act *x, char found[SETTING_MAX],
			   char note[256], struct err *e)
{
	struct reply r = { .verdict = REPLY_OK };

	if (count_missing(x->before, x->value) + count_missing(x->value, x->before) > TARGETS_MAX) {
		field_print(found, SETTING_MAX, "%s", x->before);
		note[0] = '\0';
		return err_set(e, ERR_LIMIT, "at most %d targets of a forwarder come or go at once", TARGETS_MAX);
	}
	ask_difference(x, x->before, x->value, false, &r);
	ask_difference(x, x->value, x->before, true, &r);
	return panel_read_back(&setting_forwarder, x, &r, found, note, e);
}

static int write_default(const struct setting_act *x, char found[SETTING_MAX],
			 char note[256], struct err *e)
{
	bool fail = !strcmp(x->value, ":fail:");
	const struct uapi_call c = {
		.account = x->account, .module = "Email", .function = "set_default_address",
		.key = { "domain", "fwdopt", fail ? "failmsgs" : "fwdemail" },
		.value = { x->name, fail ? "fail" : "fwd",
			   fail ? "No Such User Here" : x->value },
		.deadline_ms = COMMAND_WRITE_MS, .lock = x->lock,
	};
	struct reply r;

	panel_change(&c, REPLY_PLAIN, &r);
	return panel_read_back(&setting_default_address, x, &r, found, note, e);
}

static int write_domain_forward(const struct setting_act *x, char found[SETTING_MAX],
				char note[256], struct err *e)
{
	bool drop = !strcmp(x->value, "none");
	const struct uapi_call c = {
		.account = x->account, .module = "Email",
		.function = drop ? "delete_domain_forwarder" : "add_domain_forwarder",
		.key = { "domain", drop ? NULL : "destdomain" },
		.value = { x->name, x->value },
		.deadline_ms = COMMAND_WRITE_MS, .lock = x->lock,
	};
	struct reply r;

	panel_change(&c, REPLY_PLAIN, &r);
	return panel_read_back(&setting_domain_forward, x, &r, found, note, e);
}

const struct setting setting_forwarder = {
	.what = "the forwarder", .read = read_forwarder, .write = write_forwarder,
};

const struct setting setting_default_address = {
	.what = "the default address", .read = read_default, .write = write_default,
};

const struct setting setting_domain_forward = {
	.what = "the domain forwarder", .read = read_domain_forward,
	.write = write_domain_forward,
};
