#include <string.h>

#include "base/json.h"
#include "engine/change.h"
#include "http/app_my.h"

/* A change under the account's own name: the helper proves whose it is, at each
 * step, and runs it as that account. */

static json_object *first_op(json_object *plan)
{
	json_object *ops = json_member(plan, "ops");

	return json_count(ops) ? json_object_array_get_idx(ops, 0) : NULL;
}

int run_my_preview(struct exchange *x, json_object **data, struct err *e)
{
	struct priv_client c = PRIV_CLIENT_INIT;
	json_object *plan;
	int rc = my_open(x, &c, e);

	if (rc)
		return -1;
	rc = change_preview_as(&c, exchange_field(x, "finding"), NULL, NULL, &plan, e);
	my_close(x, &c);
	if (rc)
		return -1;
	*data = json_object_new_object();
	json_put_text(*data, "finding", json_text(plan, "finding"));
	json_put_text(*data, "fix", json_text(plan, "fix"));
	json_put_text(*data, "digest", json_text(plan, "digest"));
	json_put_text(*data, "word", json_text(json_member(plan, "confirm"), "word"));
	json_object_object_add(*data, "op", json_object_get(first_op(plan)));
	json_object_put(plan);
	exchange_put_nonce(x, *data, "apply", json_text(*data, "digest"));
	return 0;
}

/* What the page shows of a change; takes it over. */
static json_object *view_change(const struct exchange *x, json_object *entry)
{
	static const char *const shown[] = {
		"id", "verb", "name", "before", "after", "state", "at",
	};
	const char *by = json_text(entry, "by"), *door = json_text(entry, "door");
	json_object *o = json_object_new_object();
	bool own = by && door && !strcmp(by, x->rq->login) && !strcmp(door, "user");

	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++)
		json_put_text(o, shown[i], json_text(entry, shown[i]));
	json_put_flag(o, "own", own);
	json_put_flag(o, "undoable", own && json_flag(entry, "undoable") == 1);
	json_object_object_add(o, "nonce", NULL);
	if (json_flag(o, "undoable") == 1)
		exchange_put_nonce(x, o, "undo", json_text(o, "id"));
	json_object_put(entry);
	return o;
}

int run_my_apply(struct exchange *x, json_object **data, struct err *e)
{
	struct priv_client c = PRIV_CLIENT_INIT;
	json_object *change;
	int rc = my_open(x, &c, e);

	if (rc)
		return -1;
	rc = change_apply(&c, exchange_field(x, "finding"), NULL, NULL,
			  exchange_field(x, "digest"), exchange_field(x, "typed"),
			  &change, e);
	my_close(x, &c);
	if (!rc)
		*data = view_change(x, change);
	return rc;
}

/* The helper lists those of the account. */
static int list_changes(struct exchange *x, struct priv_client *c, json_object **list,
			struct err *e)
{
	json_object *all;

	if (change_list(c, &all, e))
		return -1;
	*list = json_object_new_array();
	for (size_t i = 0; i < json_count(all); i++)
		json_object_array_add(*list, view_change(x, json_object_get(
				json_object_array_get_idx(all, i))));
	json_object_put(all);
	return 0;
}

int run_my_changes(struct exchange *x, json_object **data, struct err *e)
{
	struct priv_client c = PRIV_CLIENT_INIT;
	json_object *list;
	int rc = my_open(x, &c, e);

	if (rc)
		return -1;
	rc = list_changes(x, &c, &list, e);
	my_close(x, &c);
	if (rc)
		return -1;
	*data = json_object_new_object();
	json_object_object_add(*data, "changes", list);
	return 0;
}

/* Of a foreign one nothing is told that is not told of one that never was. */
static int check_own(json_object *list, const char *id, struct err *e)
{
	for (size_t i = 0; i < json_count(list); i++) {
		json_object *o = json_object_array_get_idx(list, i);

		if (json_flag(o, "own") == 1 && !strcmp(json_text(o, "id"), id))
			return 0;
	}
	return exchange_hide(e);
}

int run_my_undo(struct exchange *x, json_object **data, struct err *e)
{
	const char *id = exchange_field(x, "id");
	struct priv_client c = PRIV_CLIENT_INIT;
	json_object *list, *change;
	int rc = my_open(x, &c, e);

	if (rc)
		return -1;
	rc = list_changes(x, &c, &list, e);
	if (!rc) {
		rc = check_own(list, id, e);
		json_object_put(list);
	}
	if (!rc)
		rc = change_undo(&c, id, &change, e);
	my_close(x, &c);
	if (!rc)
		*data = view_change(x, change);
	return rc;
}
