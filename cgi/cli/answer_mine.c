#include <string.h>

#include "base/ip.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/answer_mine.h"
#include "engine/explain.h"
#include "engine/preview.h"
#include "engine/scan.h"
#include "mail/verdict.h"
#include "render/explanation.h"
#include "sources/lists.h"

struct mine {
	struct world *w;
	const char *account;
	json_object *request;
	struct arena arena;
};

static int hide(struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "there is nothing of that name in this account");
}

/* What the account could change under its own name in cPanel, too. */
static bool is_users_fix(const char *id)
{
	static const char *const fixes[] = {
		"set_routing", "hold_forwarder", "default_address_fail",
		"drop_domain_forward",
	};

	for (size_t i = 0; id && i < sizeof(fixes) / sizeof(*fixes); i++)
		if (!strcmp(fixes[i], id))
			return true;
	return false;
}

/* Those of the names that are the account's, NULL-ended, in lower case. */
static const char *const *own_domains(struct mine *m, const char *const *names, size_t n)
{
	const char **all = arena_zalloc(&m->arena, (n + 1) * sizeof(*all));
	const char **own = arena_zalloc(&m->arena, (n + 1) * sizeof(*own));
	size_t nall = 0, nown = 0;
	struct facts f;

	memset(&f, 0, sizeof(f));
	for (size_t i = 0; i < n; i++)
		if (names[i] && text_is_domain(names[i]))
			all[nall++] = text_lower(arena_strdup(&m->arena, names[i]));
	lists_gather(m->w, NULL, 0, all, &f, &m->arena);
	for (size_t i = 0; i < nall; i++) {
		const struct domain *d = facts_domain(&f, all[i]);

		if (d && d->owner && !strcmp(d->owner, m->account))
			own[nown++] = all[i];
	}
	return own;
}

static bool owns(struct mine *m, const char *domain)
{
	return own_domains(m, &domain, 1)[0] != NULL;
}

/* ---- the check ------------------------------------------------------------ */

static json_object *view_finding(const struct finding *x)
{
	json_object *o = json_object_new_object();

	json_put_text(o, "id", x->id);
	json_put_text(o, "check", x->check->id);
	json_put_text(o, "severity", severity_name(x->severity));
	json_put_text(o, "subject", x->subject);
	json_put_text(o, "fix", is_users_fix(x->fix) ? x->fix : NULL);
	return o;
}

/* About the domain itself, or an address in it. Evidence and texts stay here:
 * they may name what belongs to others. */
static bool is_about(const struct finding *x, const char *domain)
{
	char at[DOMAIN_TEXT_MAX];
	const char *of = preview_domain(x->subject, at);

	return (x->kind == SUBJECT_DOMAIN || x->kind == SUBJECT_FORWARDER ||
		x->kind == SUBJECT_ADDRESS) && of && !strcasecmp(of, domain);
}

static json_object *view_own(const struct facts *f, const struct report *r,
			     const char *name)
{
	json_object *o = json_object_new_object(), *list = json_object_new_array();
	const struct domain *d = facts_domain(f, name);
	const struct mx_host *first = d && d->nmx ? d->mx[0].host : NULL;

	json_put_text(o, "name", name);
	json_put_text(o, "routing", d ? verdict_name(d->routing) : NULL);
	json_put_text(o, "mx", first ? first->name : NULL);
	json_put_text(o, "provider", first ? first->provider_title : NULL);
	for (const struct finding *x = r->first; x; x = x->next)
		if (is_about(x, name))
			json_object_array_add(list, view_finding(x));
	json_object_object_add(o, "findings", list);
	return o;
}

static int op_check(struct mine *m, json_object **result, struct err *e)
{
	json_object *wanted = json_member(m->request, "domains");
	json_object *list = json_object_new_array();
	const char *names[MINE_DOMAINS_MAX];
	struct scan_options o = { .ndomains = 0 };
	size_t n = json_count(wanted);
	struct report r;
	struct facts f;

	(void)e;
	n = n > MINE_DOMAINS_MAX ? MINE_DOMAINS_MAX : n;
	for (size_t i = 0; i < n; i++)
		names[i] = json_object_get_string(json_object_array_get_idx(wanted, i));
	o.only = own_domains(m, names, n);
	if (o.only[0])
		scan_run(m->w, &o, &m->arena, &f, &r);
	for (size_t i = 0; o.only[i]; i++)
		json_object_array_add(list, view_own(&f, &r, o.only[i]));
	*result = json_object_new_object();
	json_object_object_add(*result, "domains", list);
	return 0;
}

/* ---- the rest --------------------------------------------------------------- */

static int pass_on(struct mine *m, json_object *request, json_object **result,
		   struct err *e)
{
	int rc = answer_request(m->w, request, NULL, NULL, result, e);

	json_object_put(request);
	return rc;
}

static json_object *request_of(const char *op, const char *key, const char *value)
{
	json_object *o = json_object_new_object();

	json_put_text(o, "op", op);
	json_put_text(o, key, value);
	return o;
}

/* Of one domain of the account. */
static int op_domain(struct mine *m, json_object **result, struct err *e)
{
	const char *name = json_text(m->request, "name");

	if (!owns(m, name))
		return hide(e);
	return pass_on(m, request_of("domain", "name", name), result, e);
}

static int op_setup(struct mine *m, json_object **result, struct err *e)
{
	const char *name = json_text(m->request, "name");
	json_object *q;

	if (!owns(m, name))
		return hide(e);
	q = request_of("setup", "name", name);
	if (json_text(m->request, "mailbox"))
		json_put_text(q, "mailbox", json_text(m->request, "mailbox"));
	if (pass_on(m, q, result, e))
		return -1;
	json_object_object_del(*result, "reseller");
	return 0;
}

/* "shut": no list holds it, a rule of the firewall does, perhaps everybody's. "own": it
 * is this server's, as behind a proxy of its own, and nobody's to be told of. */
static const char *address_state(json_object *address, const char *text)
{
	const char *state = json_text(address, "state");
	struct ip ip;

	if (json_flag(address, "own") == 1 || (ip_parse(&ip, text) && ip_is_loopback(&ip)))
		return "own";
	if (state && !strcmp(state, "blocked") && !json_count(json_member(address, "entries")))
		return "shut";
	return state;
}

/* The lists and their notes are the administrator's. */
static int op_address(struct mine *m, json_object **result, struct err *e)
{
	const char *ip = json_text(m->request, "ip");
	json_object *whole;

	if (pass_on(m, request_of("address", "ip", ip), &whole, e))
		return -1;
	*result = json_object_new_object();
	json_put_text(*result, "state", address_state(json_member(whole, "address"), ip));
	json_object_put(whole);
	return 0;
}

static int op_explain(struct mine *m, json_object **result, struct err *e)
{
	struct explanation x;
	struct slice s;

	if (request_text(m->request, &s, e))
		return -1;
	explain_text(s, &m->arena, &x);
	*result = explanation_json(&x, NULL, "an account's text is read, nothing is looked up");
	return 0;
}

/* A refusal may name what belongs to others: its kind alone is told. */
static int plan(struct mine *m, const char *finding, json_object **whole, struct err *e)
{
	if (!pass_on(m, request_of("plan", "finding", finding), whole, e))
		return 0;
	return err_set(e, e->code, "this change cannot be made now");
}

static int op_plan(struct mine *m, json_object **result, struct err *e)
{
	static const char *const kept[] = { "finding", "fix", "ops", "confirm" };
	const char *finding = json_text(m->request, "finding"), *subject;
	char domain[DOMAIN_TEXT_MAX];
	json_object *whole;
	int rc = 0;

	if (!finding || !preview_split(finding, &subject) ||
	    !owns(m, preview_domain(subject, domain)))
		return hide(e);
	if (plan(m, finding, &whole, e))
		return -1;
	if (!is_users_fix(json_text(whole, "fix")))
		rc = err_set(e, ERR_DENIED, "this is a matter of the server's administrator");
	*result = rc ? NULL : json_object_new_object();
	for (size_t i = 0; !rc && i < sizeof(kept) / sizeof(*kept); i++)
		json_object_object_add(*result, kept[i],
				       json_object_get(json_member(whole, kept[i])));
	json_object_put(whole);
	return rc;
}

int answer_mine(struct world *w, const char *account, json_object *request,
		json_object **result, struct err *e)
{
	static const struct {
		const char *op;
		int (*run)(struct mine *m, json_object **result, struct err *e);
	} ops[] = {
		{ "check", op_check }, { "setup", op_setup }, { "address", op_address },
		{ "explain", op_explain }, { "plan", op_plan }, { "domain", op_domain },
	};
	struct mine m = { .w = w, .account = account, .request = request,
			  .arena = ARENA_INIT };
	const char *op = json_text(request, "op");
	size_t i, n = sizeof(ops) / sizeof(*ops);
	int rc;

	for (i = 0; i < n && (!op || strcmp(op, ops[i].op)); i++)
		;
	rc = i < n ? ops[i].run(&m, result, e) :
		err_set(e, ERR_DENIED, "this is not for an account to ask");
	arena_clear(&m.arena);
	return rc;
}

const char *answer_mine_account(json_object *request)
{
	const char *op = json_text(request, "op");

	return op && !strcmp(op, "mine") ? json_text(request, "account") : NULL;
}
