#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "priv/field.h"
#include "priv/filters.h"
#include "priv/panel.h"

#define MAILBOX_MAX 256

/* What stands before the '>', when it is a mailbox; "" for the whole account. */
static const char *mailbox_of(const char *name, char out[MAILBOX_MAX])
{
	size_t n = strcspn(name, ">");

	out[0] = '\0';
	if (n < MAILBOX_MAX && memchr(name, '@', n)) {
		memcpy(out, name, n);
		out[n] = '\0';
	}
	return out;
}

static int refuse(const char *name, const struct reply_filter *x, struct err *e)
{
	const char *to = strchr(name, '>') + 1;

	if (!x->n)
		return err_set(e, ERR_NOT_FOUND, "cPanel lists no filter of %.*s that delivers to %s",
			       (int)strcspn(name, ">"), name, to);
	if (x->n > 1)
		return err_set(e, ERR_DENIED, "%u filters of %.*s deliver to %s: switch the right one off in cPanel",
			       x->n, (int)strcspn(name, ">"), name, to);
	return err_set(e, ERR_DENIED, "cPanel lists the filter that delivers to %s in a way that is not understood",
		       to);
}

static int look(const char *account, const char *name, struct reply *r, struct err *e)
{
	char mailbox[MAILBOX_MAX];
	struct uapi_call c = {
		.account = account, .module = "Email", .function = "list_filters",
		.value = { mailbox_of(name, mailbox) }, .lock = -1,
	};
	int fd, rc;

	c.key[0] = *mailbox ? "account" : NULL;
	fd = command_uapi_read(&c, e);
	if (fd < 0)
		return -1;
	rc = reply_read(fd, REPLY_FILTERS, strchr(name, '>') + 1, r, e);
	close(fd);
	if (rc)
		return -1;
	if (r->verdict != REPLY_OK)
		return err_set(e, ERR_UNAVAILABLE, "cPanel does not list the filters of %.*s: %s",
			       (int)strcspn(name, ">"), name, r->why);
	return r->filter.n != 1 || r->filter.enabled < 0 || !*r->filter.name ?
		refuse(name, &r->filter, e) : 0;
}

static void print(char value[SETTING_MAX], const struct reply_filter *x)
{
	snprintf(value, SETTING_MAX, "%s %08x%08x", x->enabled ? "enabled" : "disabled",
		 (unsigned)x->content[0], (unsigned)x->content[1]);
}

static int read_filter(const char *account, const char *name, char value[SETTING_MAX],
		       struct err *e)
{
	struct reply r;

	if (look(account, name, &r, e))
		return -1;
	print(value, &r.filter);
	return 0;
}

int filters_look(const char *account, const char *name, struct err *e)
{
	char value[SETTING_MAX], text[SETTING_MAX + 200];
	struct reply r;
	int n, fd;

	if (look(account, name, &r, e))
		return -1;
	print(value, &r.filter);
	n = snprintf(text, sizeof(text), "%s\n%s", value, r.filter.name);
	fd = io_memfd("filter", text, (size_t)n);
	return fd < 0 ? err_set(e, ERR_UNAVAILABLE, "no memory file: %s", strerror(errno)) : fd;
}

static int write_filter(const struct setting_act *x, char found[SETTING_MAX],
			char note[256], struct err *e)
{
	char mailbox[MAILBOX_MAX], now[SETTING_MAX];
	struct uapi_call c = {
		.account = x->account, .module = "Email",
		.function = *x->value == 'e' ? "enable_filter" : "disable_filter",
		.deadline_ms = COMMAND_WRITE_MS, .lock = x->lock,
	};
	struct reply r, done;

	found[0] = note[0] = '\0';
	if (look(x->account, x->name, &r, e))
		return -1;
	print(now, &r.filter);
	if (strcmp(strchr(now, ' '), strchr(x->value, ' '))) {
		field_print(found, SETTING_MAX, "%s", now);
		return err_set(e, ERR_STALE, "the filter holds something else now");
	}
	c.key[0] = "filtername";
	c.value[0] = r.filter.name;
	c.value[1] = mailbox_of(x->name, mailbox);
	c.key[1] = *mailbox ? "account" : NULL;
	panel_change(&c, REPLY_PLAIN, &done);
	return panel_read_back(&setting_filter, x, &done, found, note, e);
}

const struct setting setting_filter = {
	.what = "the filter", .read = read_filter, .write = write_filter,
};
