#include <string.h>
#include <time.h>

#include "base/json.h"
#include "http/app_exchange.h"

const char *exchange_field(const struct exchange *x, const char *name)
{
	return fields_get(&x->fields, name);
}

bool exchange_may_see(const struct exchange *x, const char *reseller)
{
	return x->rq->door == DOOR_ADMIN ||
		(x->rq->door == DOOR_RESELLER && reseller &&
		 !strcmp(reseller, x->rq->login));
}

void exchange_limit(const struct exchange *x, json_object *findings)
{
	for (size_t i = json_count(findings); i-- > 0;)
		if (!exchange_may_see(x, json_text(json_object_array_get_idx(findings, i),
						   "reseller")))
			json_object_array_del_idx(findings, i, 1);
}

int exchange_hide(struct err *e)
{
	return err_set(e, ERR_NOT_FOUND,
		       "there is nothing of that name here (any more): the last scan, the history and the accounts of this login were looked through");
}

static const char *act_text(const struct exchange *x, const char *act,
			    const char *over)
{
	return arena_printf(x->rq->arena, "%s %s", act, over ? over : "");
}

void exchange_put_nonce(const struct exchange *x, json_object *o, const char *act,
			const char *over)
{
	const struct nonce_for what = {
		.login = x->rq->login, .door = x->rq->door,
		.security_token = x->rq->security_token,
		.act = act_text(x, act, over),
	};
	char nonce[NONCE_TEXT];

	nonce_make(x->app->key, &what, time(NULL) + NONCE_LIFE_S, nonce);
	json_put_text(o, "nonce", *x->rq->security_token ? nonce : NULL);
}

int exchange_check_nonce(const struct exchange *x, struct err *e)
{
	const struct route *r = x->route;
	const char *nonce = exchange_field(x, "nonce");
	struct nonce_for what = {
		.login = x->rq->login, .door = x->rq->door,
		.security_token = x->rq->security_token,
	};

	if (!r->act || !*x->rq->security_token)
		return 0;
	if (!nonce)
		return err_set(e, ERR_DENIED, "the form's nonce is missing: a change is begun on our own page");
	what.act = act_text(x, r->act, r->over ? exchange_field(x, r->over) : NULL);
	return nonce_check(x->app->key, &what, nonce, time(NULL), e);
}
