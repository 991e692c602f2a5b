#include <string.h>

#include "priv/csf.h"
#include "priv/field.h"
#include "priv/restrictions.h"
#include "priv/whm_restrictions.h"

enum whm { WHM_OFF, WHM_ON, WHM_HALF, NWHM };
enum csf { CSF_OFF, CSF_ON, CSF_ABSENT, NCSF };

static const char *const texts[NWHM][NCSF] = {
	[WHM_OFF] = { "WHM off, CSF off", "WHM off, CSF on", "WHM off, CSF absent" },
	[WHM_ON] = { "WHM on, CSF off", "WHM on, CSF on", "WHM on, CSF absent" },
	[WHM_HALF] = { "WHM half on, CSF off", "WHM half on, CSF on", "WHM half on, CSF absent" },
};

struct owners {
	enum whm whm;
	enum csf csf;
};

static bool parse(const char *text, struct owners *o)
{
	for (int w = 0; w < NWHM; w++)
		for (int c = 0; c < NCSF; c++)
			if (!strcmp(text, texts[w][c])) {
				*o = (struct owners){ (enum whm)w, (enum csf)c };
				return true;
			}
	return false;
}

bool valid_restrictions_name(const char *name)
{
	return !strcmp(name, "server");
}

bool valid_restrictions(const char *text)
{
	struct owners o;

	return parse(text, &o);
}

bool valid_restrictions_wish(const char *text)
{
	struct owners o;

	return parse(text, &o) && o.whm != WHM_HALF &&
		(o.whm == WHM_ON || o.csf == CSF_ON);
}

bool valid_restrictions_lifted(const char *text)
{
	struct owners o;

	return parse(text, &o) && o.whm == WHM_OFF && o.csf != CSF_ON;
}

/* conf is filled unless CSF is absent. */
static int look(struct arena *a, struct csf_conf *conf, struct owners *o, struct err *e)
{
	struct whm_restrictions whm;

	if (whm_restrictions_read(&whm, e))
		return -1;
	o->whm = whm.key && whm.flag ? WHM_ON : whm.key || whm.flag ? WHM_HALF : WHM_OFF;
	o->csf = CSF_ABSENT;
	if (csf_read(a, conf, e))	/* not there, or switched off */
		return e->code == ERR_NOT_FOUND || e->code == ERR_DENIED ? 0 : -1;
	o->csf = slice_eq(slice_trim(csf_text_value(conf->text, "SMTP_BLOCK")), "1") ?
		CSF_ON : CSF_OFF;
	return 0;
}

static int read_value(const char *account, const char *name, char value[SETTING_MAX],
		      struct err *e)
{
	struct arena a = ARENA_INIT;
	struct csf_conf conf;
	struct owners o;
	int rc = look(&a, &conf, &o, e);

	(void)account;
	(void)name;
	if (!rc)
		field_print(value, SETTING_MAX, "%s", texts[o.whm][o.csf]);
	arena_clear(&a);
	return rc;
}

static int set_csf(const struct setting_act *x, const struct csf_conf *conf,
		   const struct owners *now, const struct owners *wish, struct err *e)
{
	const struct csf_edit edit = {
		.key = "SMTP_BLOCK", .value = wish->csf == CSF_ON ? SLICE("1") : SLICE("0"),
	};

	if (wish->csf == now->csf && (!x->rules_anew || now->csf == CSF_ABSENT))
		return 0;
	if (wish->csf == CSF_ABSENT || now->csf == CSF_ABSENT)
		return err_set(e, ERR_DENIED, "CSF is %s", now->csf == CSF_ABSENT ?
			       "not running on this server" : "running now, and was not then");
	return csf_apply(conf, &edit, 1, x->rules_apart, x->lock, e);
}

/* WHM goes before CSF comes, and comes after CSF has flushed all rules. */
static int apply(const struct setting_act *x, struct arena *a, struct err *e)
{
	struct owners now, wish;
	struct csf_conf conf;

	if (!parse(x->value, &wish) || wish.whm == WHM_HALF)
		return err_set(e, ERR_DENIED, "what was half on cannot be made so again; turn SMTP Restrictions off in WHM");
	if (look(a, &conf, &now, e) ||
	    (wish.whm == WHM_OFF && now.whm != WHM_OFF &&
	     whm_restrictions_set(false, x->lock, e)) ||
	    set_csf(x, &conf, &now, &wish, e))
		return -1;
	return wish.whm == WHM_ON ? whm_restrictions_set(true, x->lock, e) : 0;
}

const struct setting setting_restrictions = {
	.what = "the SMTP restrictions", .of_server = true, .guarded = true,
	.read = read_value, .apply = apply,
};
