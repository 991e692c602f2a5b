#include <string.h>
#include <unistd.h>

#include "priv/field.h"
#include "priv/lines.h"
#include "priv/manual_mx.h"
#include "priv/panel.h"
#include "priv/valid.h"

#define PATH "etc/manualmx"

static int take_host(struct slice host, const char *domain,
		     char value[SETTING_MAX], struct err *e)
{
	bool fits = host.n > 0 && host.n < SETTING_MAX && !memchr(host.p, '\0', host.n);

	if (!host.p) {
		field_print(value, SETTING_MAX, "none");
		return 0;
	}
	if (fits) {
		memcpy(value, host.p, host.n);
		value[host.n] = '\0';
	}
	if (fits && strcmp(value, "none") && valid_mx_host(value))
		return 0;
	value[0] = '\0';
	return err_set(e, ERR_DENIED,
		       "the line of %s in /" PATH " names no simple host and could not be put back; change it by hand",
		       domain);
}

static int read_value(const char *account, const char *domain,
		      char value[SETTING_MAX], struct err *e)
{
	struct arena a = ARENA_INIT;
	struct slice host;
	int rc = lines_find(PATH, domain, &a, &host, e);

	(void)account;
	if (!rc || e->code == ERR_NOT_FOUND)
		rc = take_host(slice_trim(host), domain, value, e);
	arena_clear(&a);
	return rc;
}

static void request(const struct setting_act *x, struct reply *r)
{
	bool unset = !strcmp(x->value, "none");
	const struct uapi_call c = {
		.account = x->account, .module = "Email",
		.function = unset ? "unset_manual_mx_redirects" : "set_manual_mx_redirects",
		.key = { "domain", unset ? NULL : "mx_host" },
		.value = { x->name, x->value },
		.deadline_ms = COMMAND_WRITE_MS, .lock = x->lock,
	};

	panel_change(&c, REPLY_PLAIN, r);
}

static int write_value(const struct setting_act *x, char found[SETTING_MAX],
		       char note[256], struct err *e)
{
	struct reply r;

	request(x, &r);
	return panel_read_back(&setting_manual_mx, x, &r, found, note, e);
}

const struct setting setting_manual_mx = {
	.what = "the manual route", .read = read_value, .write = write_value,
};
