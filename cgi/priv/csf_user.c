#include <string.h>

#include "priv/accounts.h"
#include "priv/csf.h"
#include "priv/csf_user.h"
#include "priv/field.h"

#define KEY "SMTP_ALLOWUSER"

static const char *word(bool exempt)
{
	return exempt ? "exempt" : "restricted";
}

bool valid_csf_user(const char *value)
{
	return !strcmp(value, word(true)) || !strcmp(value, word(false));
}

static int look(const char *user, struct arena *a, struct csf_conf *conf, bool *exempt,
		struct err *e)
{
	struct slice list;

	if (csf_read(a, conf, e))
		return -1;
	list = csf_text_value(conf->text, KEY);
	if (!list.p)
		return err_set(e, ERR_DENIED, "csf.conf has no line of " KEY);
	*exempt = csf_list_has(list, user, NULL);
	return 0;
}

/* An account that has gone can only be taken off the list. */
static int read_value(const char *account, const char *user, char value[SETTING_MAX],
		      struct err *e)
{
	struct arena a = ARENA_INIT;
	struct csf_conf conf;
	bool exempt;
	int rc = look(user, &a, &conf, &exempt, e);

	(void)account;
	if (!rc && !exempt)
		rc = accounts_check(user, e);
	if (!rc)
		field_print(value, SETTING_MAX, "%s", word(exempt));
	arena_clear(&a);
	return rc;
}

static int apply(const struct setting_act *x, struct arena *a, struct err *e)
{
	struct csf_edit edit = { .key = KEY };
	struct csf_conf conf;
	bool exempt;

	if (look(x->name, a, &conf, &exempt, e) ||
	    csf_list_with(CSF_LIST_USERS, csf_text_value(conf.text, KEY), x->name,
			  !strcmp(x->value, word(true)), a, &edit.value, e))
		return -1;
	return csf_apply(&conf, &edit, 1, x->rules_apart, x->lock, e);
}

const struct setting setting_csf_user = {
	.what = "the restriction", .of_server = true, .guarded = true,
	.read = read_value, .apply = apply,
};
