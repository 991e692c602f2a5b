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

void exchange_put_pages(json_object *o, size_t n, size_t matching)
{
	size_t pages = (matching + PAGE_ROWS - 1) / PAGE_ROWS;
	json_object *p;

	json_object_object_add(o, "pages", NULL);
	if (pages <= 1)
		return;
	p = json_object_new_object();
	json_put_number(p, "n", (int64_t)n);
	json_put_number(p, "of", (int64_t)pages);
	json_object_object_add(p, "before", n > 1 ?
			       json_object_new_int64((int64_t)n - 1) : NULL);
	json_object_object_add(p, "after", n < pages ?
			       json_object_new_int64((int64_t)n + 1) : NULL);
	json_object_object_add(o, "pages", p);
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

static bool has_text(json_object *o, const char *const *names, const char *q)
{
	for (; *names; names++) {
		const char *s = json_text(o, *names);

		if (s && strcasestr(s, q))
			return true;
	}
	return false;
}

void exchange_page(const struct exchange *x, json_object *o, const char *member,
		   const char *const *names)
{
	size_t most = (size_t)fields_number(&x->fields, "limit", 1000000);
	size_t from = ((size_t)fields_number(&x->fields, "n", 1) - 1) * most, found = 0;
	json_object *all = json_member(o, member), *page = json_object_new_array();
	const char *q = exchange_field(x, "q");

	for (size_t i = 0; i < json_count(all); i++) {
		json_object *one = json_object_array_get_idx(all, i);

		if (q && !has_text(one, names, q))
			continue;
		if (found >= from && found - from < most)
			json_object_array_add(page, json_object_get(one));
		found++;
	}
	json_object_object_add(o, member, page);
	json_put_number(o, "matching", (int64_t)found);
}
