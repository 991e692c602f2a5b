#include <string.h>
#include <time.h>

#include "base/json.h"
#include "engine/journal.h"
#include "engine/witness.h"
#include "http/app_exchange.h"
#include "http/identity.h"

/* ---- what became of it ------------------------------------------------- */

static const char *time_text(struct arena *a, int64_t when)
{
	time_t t = (time_t)when;
	char text[32];
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return "";
	return arena_strdup(a, text);
}

/* By this login through this door, of what the request is about. */
static bool is_its(const struct exchange *x, json_object *change)
{
	const char *finding = exchange_field(x, "finding");
	const char *subject = finding ? strchr(finding, ':') : NULL;
	const char *verb = json_text(change, "verb");
	const char *other = exchange_field(x, "params.forwarder");

	if (!json_is(change, "by", x->rq->login) ||
	    !json_is(change, "door", identity_door_name(x->rq->door)))
		return false;
	if (!subject)
		return json_flag(change, "job") == 1;
	return json_flag(change, "job") != 1 && (json_is(change, "name", other ? other : subject + 1) ||
						 (verb && witness_of_server(verb)));
}

/* The only change since then that can be its: NULL when there is none, or when there
 * are several (*n). */
static const char *only_change(const struct exchange *x, json_object *list, size_t *n)
{
	const char *since = time_text(x->rq->arena, x->again_since), *id = NULL;

	*n = 0;
	for (size_t i = 0; i < json_count(list); i++) {
		json_object *o = json_object_array_get_idx(list, i);
		const char *at = json_text(o, "at");

		if (!at || strcmp(at, since) < 0 || !is_its(x, o))
			continue;
		id = arena_strdup(x->rq->arena, json_text(o, "id"));
		(*n)++;
	}
	return *n == 1 ? id : NULL;
}

int exchange_traced(struct exchange *x, json_object **data, struct err *e)
{
	json_object *list;
	const char *id;
	size_t n;

	if (!x->again_since)
		return 0;
	if (exchange_changes(x, &list, e))
		return -1;
	journal_fold(list);
	id = only_change(x, list, &n);
	json_object_put(list);
	if (n > 1)
		return err_set(e, ERR_STALE, "this request came before and was broken off, and several changes were made since: v1/changes shows them. Send a new one, with another idempotency_key");
	if (!id)
		return 0;
	if (x->again_lost)
		return err_set(e, ERR_STALE, "what was kept of this idempotency_key cannot be read any more, and change %s may be what it did: v1/changes shows it. If it is not, send a new request, with another idempotency_key",
			       id);
	return exchange_show_change(x, id, data, e) ? -1 : 1;
}

/* ---- in one call ------------------------------------------------------- */

/* By the settings as the last scan has read them. */
static int check_allowed(const struct exchange *x, const char *fix, struct err *e)
{
	json_object *head = x->snapshot ? snapshot_parse(x->snapshot->head) : NULL;
	json_object *list = json_member(json_member(head, "server"), "one_call");
	bool allowed = false;

	for (size_t i = 0; i < json_count(list) && !allowed; i++) {
		const char *one = json_object_get_string(json_object_array_get_idx(list, i));

		allowed = one && !strcmp(fix, one);
	}
	json_object_put(head);
	if (!allowed)
		return err_set(e, ERR_DENIED, "%.40s is not among the fixes that one call may plan and apply here: one_call in /etc/relaydoctor/relaydoctor.conf names them, as the last scan has read it",
			       fix);
	if (exchange_field(x, "params.gateway"))
		return err_set(e, ERR_DENIED, "a gateway wants a person's look, by plan and apply");
	return 0;
}

/* Whatever a person should look at is left to one. */
static int check_plan(json_object *plan, const char *fix, struct err *e)
{
	json_object *confirm = json_member(plan, "confirm");

	if (!json_is(plan, "fix", fix))
		return err_set(e, ERR_STALE, "the fix of this finding is %s, not %.40s",
			       json_text(plan, "fix"), fix);
	if (json_text(confirm, "word"))
		return err_set(e, ERR_DENIED, "this one wants a person's look, by plan and apply: %s",
			       json_text(confirm, "why"));
	return 0;
}

int run_fix(struct exchange *x, json_object **data, struct err *e)
{
	const char *fix = exchange_field(x, "fix");
	json_object *plan;
	int rc;

	if (check_allowed(x, fix, e))
		return -1;
	rc = exchange_traced(x, data, e);
	if (rc)
		return rc > 0 ? 0 : -1;
	if (exchange_plan(x, &plan, e))
		return -1;
	rc = check_plan(plan, fix, e) ? -1 :
		exchange_apply(x, json_text(plan, "digest"), NULL, data, e);
	json_object_put(plan);
	return rc;
}
