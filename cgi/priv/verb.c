#include <string.h>

#include "priv/valid.h"
#include "priv/verb.h"

#define X(name) extern const struct verb verb_##name;
#include "verbs.inc"
#undef X

static const struct verb *const verbs[] = {
#define X(name) &verb_##name,
#include "verbs.inc"
#undef X
};

const struct verb *verb_named(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(verbs[i]->name, name))
			return verbs[i];
	return NULL;
}

const struct setting *setting_of(const char *verb)
{
	const struct verb *v = verb_named(verb);

	return v ? v->sets : NULL;
}

static int check_form(const struct priv_request *q, size_t n, struct err *e)
{
	if (n != sizeof(*q))
		return err_set(e, ERR_INPUT, "a request has %zu bytes, not %zu",
			       sizeof(*q), n);
	if (q->version != PRIV_VERSION)
		return err_set(e, ERR_INPUT, "this helper speaks version %u, not %u; the parts of the installation differ",
			       PRIV_VERSION, (unsigned)q->version);
	if (!valid_array(q->verb, sizeof(q->verb)) ||
	    !valid_array(q->name, sizeof(q->name)) ||
	    !valid_array(q->expect, sizeof(q->expect)) ||
	    !valid_array(q->value, sizeof(q->value)))
		return err_set(e, ERR_INPUT, "a string of the request does not end");
	return 0;
}

const char *verb_refuses(const struct verb *v, const char *name, const char *expect,
			 const char *value)
{
	return !v->name_ok(name) ? "name" : !v->expect_ok(expect) ? "expect" :
		!v->value_ok(value) || (v->sets && strlen(value) >= SETTING_MAX) ? "value" :
		NULL;
}

static int check_arguments(const struct verb *v, const struct priv_request *q,
			   bool has_fd, struct err *e)
{
	const char *bad = verb_refuses(v, q->name, q->expect, q->value);

	if (!bad && v->takes_fd != has_fd)
		bad = "descriptor";
	if (bad)
		return err_set(e, ERR_INPUT, "%s: that is no valid %s", v->name, bad);
	return 0;
}

const struct verb *verb_for(const struct priv_request *q, size_t n,
			    enum who who, bool has_fd, struct err *e)
{
	const struct verb *v;

	if (check_form(q, n, e))
		return NULL;
	v = verb_named(q->verb);
	if (!v) {
		err_set(e, ERR_INPUT, "the helper does not know this verb");
		return NULL;
	}
	if (!(v->who & who)) {
		err_set(e, ERR_DENIED, "%s is not for this caller", v->name);
		return NULL;
	}
	return check_arguments(v, q, has_fd, e) ? NULL : v;
}
