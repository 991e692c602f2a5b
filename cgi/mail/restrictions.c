#include <string.h>

#include "mail/restrictions.h"

#define SMTP 25

static void take(struct restricted *o, const struct facts *f, int i, int family,
		 bool root_gets_out, bool root_known)
{
	int v = family == 6;
	struct fw_answer *x = &o->answer[i][v];

	filter_out(f, &o->class[i], family, SMTP, x);
	switch (x->verdict) {
	case FW_V_ACCEPTED:
		o->free[v] = true;
		break;
	case FW_V_DROPPED:
	case FW_V_REJECTED:
		o->blocked[v] |= root_gets_out;
		o->unknown[v] |= !root_known;
		break;
	case FW_V_REDIRECTED:
		o->redirected[v] |= root_gets_out;
		o->unknown[v] |= !root_known;
		break;
	default:
		o->unknown[v] = true;
	}
}

void restricted_look(const struct facts *f, struct arena *a, struct restricted *o)
{
	const struct user_class root = root_class();

	*o = (struct restricted){ .nclasses = 0 };
	o->nclasses = account_classes(f, a, o->class);
	for (int family = 4; family <= 6; family += 2) {
		struct fw_answer x;

		o->asked[family == 6] = server_has_family(f, family);
		if (!o->asked[family == 6])
			continue;
		filter_out(f, &root, family, SMTP, &x);
		for (size_t i = 0; i < o->nclasses; i++)
			take(o, f, (int)i, family, x.verdict == FW_V_ACCEPTED,
			     x.verdict != FW_V_UNKNOWN);
	}
}

const char *class_text(const struct user_class *c, struct arena *a)
{
	if (c->n <= 1)
		return c->name;
	return arena_printf(a, "%s and %zu more accounts", c->name, c->n - 1);
}

bool whm_restricts(const struct facts *f)
{
	const struct smtp_restrictions *r = &f->blocking.restrictions;

	return f->source[SOURCE_RESTRICTIONS].state == SOURCE_OK &&
		(r->flag || (r->written && r->on));
}

const char *restrictions_text(const struct facts *f)
{
	static const char *const texts[3][3] = {
		{ "WHM off, CSF off", "WHM off, CSF on", "WHM off, CSF absent" },
		{ "WHM on, CSF off", "WHM on, CSF on", "WHM on, CSF absent" },
		{ "WHM half on, CSF off", "WHM half on, CSF on", "WHM half on, CSF absent" },
	};
	const struct smtp_restrictions *r = &f->blocking.restrictions;
	bool key = r->written && r->on;
	int whm = key && r->flag ? 1 : key || r->flag ? 2 : 0;

	return texts[whm][!csf_is_active(f) ? 2 : f->blocking.csf.smtp_block];
}

const char *restrictions_to_turn_on(const struct facts *f)
{
	const char *now = restrictions_text(f);

	if (f->source[SOURCE_RESTRICTIONS].state != SOURCE_OK ||
	    f->source[SOURCE_CSF].state == SOURCE_FAILED)
		return NULL;
	if (csf_is_active(f))
		return strcmp(now, "WHM off, CSF off") ? NULL : "WHM off, CSF on";
	return strcmp(now, "WHM off, CSF absent") ? NULL : "WHM on, CSF absent";
}

const char *restrictions_owner(const struct facts *f, bool redirects)
{
	const struct csf_facts *csf = &f->blocking.csf;

	if (csf_is_active(f) && csf->smtp_block && csf->smtp_redirect == redirects)
		return "CSF's SMTP_BLOCK";
	if (redirects && whm_restricts(f))
		return "WHM's SMTP Restrictions setting";
	return NULL;
}
