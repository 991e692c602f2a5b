#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "sources/whm.h"
#include "sources/whm_reply.h"

json_object *whm_reply_read(struct slice text, const char *what, struct err *e)
{
	struct slice rest = text;
	json_object *o;

	while (rest.n && strchr(" \t\r\n", *rest.p) && *rest.p)
		rest.p++, rest.n--;
	if (rest.n && *rest.p == '<') {
		err_set(e, ERR_DENIED, "%s: the answer is a page instead of data, as for those who are not logged in; is this WHM's own port, and the token one of this server?",
			what);
		return NULL;
	}
	o = json_read(text.p ? text.p : "", text.n, what, e);
	if (!o)
		err_set(e, ERR_UNAVAILABLE, "%s: the answer is cut, or no JSON", what);
	else if (!json_object_is_type(o, json_type_object)) {
		err_set(e, ERR_UNAVAILABLE, "%s: the answer is JSON, but none of WHM's", what);
		json_object_put(o);
		o = NULL;
	}
	return o;
}

/* What one client takes for a missing privilege; cPanel documents no wording. */
static bool tells_of_permission(const char *reason)
{
	static const char *const words[] = {
		"access denied", "permission denied", "you do not have permission",
		"you do not have access", "not have the privilege", "requires the privilege",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcasestr(reason, words[i]))
			return true;
	return false;
}

static bool tells_of_unknown(const char *reason)
{
	return strcasestr(reason, "unknown app") != NULL;
}

/* The reason of a failure, in whichever of its forms it came. */
static const char *reason_of(json_object *reply)
{
	json_object *old = json_member(reply, "cpanelresult");
	const char *reason = json_text(json_member(reply, "metadata"), "reason");

	if (!reason)
		reason = json_text(old, "error");
	if (!reason)
		reason = json_text(reply, "error");
	return reason ? reason : "no reason given";
}

int whm_reply_check(json_object *reply, const char *what, struct err *e)
{
	const char *reason;

	if (json_flag(json_member(reply, "metadata"), "result") == 1)
		return 0;
	reason = reason_of(reply);
	if (tells_of_unknown(reason))
		return err_set(e, ERR_NOT_FOUND, "%s: this server does not know the call; cPanel & WHM %d or later is needed",
			       what, WHM_VERSION_MIN);
	return err_set(e, tells_of_permission(reason) ? ERR_DENIED : ERR_UNAVAILABLE,
		       "%s: WHM answers: %.300s", what, reason);
}

json_object *whm_reply_batch(json_object *reply, size_t n, struct err *e)
{
	json_object *parts = json_member(json_member(reply, "data"), "result");

	if (n && json_count(parts) == n)
		return parts;
	if (!whm_reply_check(reply, "batch", e))
		err_set(e, ERR_UNAVAILABLE, "batch: %zu answers to %zu calls",
			json_count(parts), n);
	return NULL;
}

json_object *whm_reply_uapi(json_object *part, const char *what, struct err *e)
{
	json_object *inner = json_member(json_member(part, "data"), "uapi");

	if (whm_reply_check(part, what, e) || whm_uapi_check(inner, what, e))
		return NULL;
	return inner;
}

unsigned whm_version(const char *text)
{
	struct slice rest = slice_of(text), first = slice_cut(&rest, '.');
	uint64_t v = 0;

	if (slice_eq(first, "11"))
		first = slice_cut(&rest, '.');
	return slice_uint(first, 9999, &v) ? (unsigned)v : 0;
}
