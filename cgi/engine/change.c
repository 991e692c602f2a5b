#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/io.h"
#include "base/json.h"
#include "base/text.h"
#include "engine/ask.h"
#include "engine/change.h"
#include "engine/digest.h"
#include "engine/journal.h"

static bool is(json_object *o, const char *key, const char *value)
{
	const char *s = json_text(o, key);

	return s && !strcmp(s, value);
}

/* ---- preview ---------------------------------------------------------- */

/* The scan reads what strangers write. Whatever became of it, what it proposes
 * is one change, to the very domain that was asked about. */
static int check_plan(json_object *plan, const char *finding, struct err *e)
{
	json_object *ops = json_member(plan, "ops");
	json_object *op = json_count(ops) == 1 ? json_object_array_get_idx(ops, 0) : NULL;
	const char *colon = strchr(finding, ':');

	if (colon && is(plan, "finding", finding) && is(op, "verb", "set_routing") &&
	    is(op, "name", colon + 1) && json_text(op, "expect") &&
	    json_text(op, "value"))
		return 0;
	return err_set(e, ERR_BUG, "the plan for %.200s is not one change of that domain",
		       finding);
}

int change_preview(const char *finding, json_object *params, json_object **plan,
		   struct err *e)
{
	json_object *q = json_object_new_object();
	char digest[DIGEST_TEXT];
	int rc;

	json_put_text(q, "op", "plan");
	json_put_text(q, "finding", finding);
	json_object_object_add(q, "params", json_object_get(params));
	rc = scan_ask(q, NULL, NULL, plan, e);
	json_object_put(q);
	if (rc)
		return -1;
	if (check_plan(*plan, finding, e)) {
		json_object_put(*plan);
		return -1;
	}
	json_put_text(*plan, "digest", digest_of_plan(digest, *plan));
	return 0;
}

/* ---- proof ------------------------------------------------------------ */

static int look(const char *domain, json_object **out, struct err *e)
{
	json_object *q = json_object_new_object();
	int rc;

	json_put_text(q, "op", "domain");
	json_put_text(q, "name", domain);
	rc = scan_ask(q, NULL, NULL, out, e);
	json_object_put(q);
	return rc;
}

static bool has_finding(json_object *look, const char *id)
{
	json_object *list = json_member(look, "findings");

	for (size_t i = 0; i < json_count(list); i++) {
		const char *found = json_text(json_object_array_get_idx(list, i), "id");

		if (found && !strcmp(found, id))
			return true;
	}
	return false;
}

static bool listed(json_object *domain, const char *file)
{
	json_object *lists = json_member(domain, "lists");

	for (size_t i = 0; i < json_count(lists); i++) {
		json_object *o = json_object_array_get_idx(lists, i);
		const char *name = json_text(o, "file");

		if (name && !strcmp(name, file))
			return json_member(o, "line") != NULL;
	}
	return false;
}

/*
 * The three witnesses (WHM, the files, Exim) and the check agree that the
 * domain is as the plan wanted it. A word says which one does not; NULL: all do.
 */
static const char *dissent(json_object *after, const char *finding,
			   const char *value)
{
	json_object *d = json_member(after, "domain");
	json_object *route = json_member(d, "route");
	bool local = !strcmp(value, "auto") ? is(d, "detected", "local") :
		!strcmp(value, "local");

	if (!is(d, "mxcheck", value))
		return "WHM does not show the new setting";
	if (listed(d, "/etc/localdomains") != local)
		return local ? "/etc/localdomains does not list the domain" :
			"/etc/localdomains still lists the domain";
	if (!route)
		return "Exim did not say where it sends the mail now";
	/* A forwarded mailbox leaves the server without the domain doing so. */
	if (local && is(route, "kind", "remote") && !json_text(route, "asked"))
		return "Exim still sends the mail to another server";
	if (!local && is(route, "kind", "local"))
		return "Exim still delivers the mail on this server";
	if (has_finding(after, finding))
		return "the finding is still there";
	return NULL;
}

/* ---- one change ------------------------------------------------------- */

static json_object *entry_of(struct priv_client *c, const char *id, struct err *e)
{
	json_object *all, *found = NULL;

	if (change_list(c, &all, e))
		return NULL;
	for (size_t i = 0; i < json_count(all) && !found; i++) {
		json_object *o = json_object_array_get_idx(all, i);

		if (is(o, "id", id))
			found = json_object_get(o);
	}
	json_object_put(all);
	if (!found)
		err_set(e, ERR_NOT_FOUND, "the journal has no change %s", id);
	return found;
}

/* before may be NULL; after is a look or NULL. Both are taken over. */
static void add_proof(json_object *change, json_object *before, json_object *after)
{
	json_object *proof = json_object_new_object();

	json_object_object_add(proof, "before", before);
	json_object_object_add(proof, "after",
			       json_object_get(json_member(after, "domain")));
	json_object_object_add(change, "proof", proof);
	json_object_object_add(change, "findings",
			       json_object_get(json_member(after, "findings")));
	json_object_put(after);
}

static int check_consent(json_object *plan, const char *digest,
			 const char *typed, struct err *e)
{
	json_object *confirm = json_member(plan, "confirm");
	const char *word = json_text(confirm, "word");

	if (!is(plan, "digest", digest))
		return err_set(e, ERR_STALE,
			       "the server changed since the preview: look at the new preview first");
	if (word && (!typed || strcmp(word, typed)))
		return err_set(e, ERR_INPUT, "type %s to confirm: %s", word,
			       json_text(confirm, "why"));
	return 0;
}

/* The plan is done by the helper; is it what the plan wanted? Kept or undone. */
static int settle(struct priv_client *c, const char *id, const char *finding,
		  json_object *op, json_object **after, struct err *e)
{
	struct priv_reply reply;
	const char *why;
	struct err failed = { .text = "" };

	if (look(json_text(op, "name"), after, &failed))
		why = failed.text;
	else
		why = dissent(*after, finding, json_text(op, "value"));
	if (!why)
		return priv_ask(c, "keep", id, NULL, NULL, -1, &reply, NULL, e);
	if (priv_ask(c, "undo", id, NULL, NULL, -1, &reply, NULL, &failed))
		return err_set(e, ERR_UNAVAILABLE,
			       "not verified (%.200s) and not undone (%.200s): see change %s in the history",
			       why, failed.text, id);
	return err_set(e, ERR_UNAVAILABLE,
		       "the change did not have its effect (%.300s) and was undone", why);
}

int change_apply(struct priv_client *c, const char *finding, json_object *params,
		 const char *digest, const char *typed, json_object **change,
		 struct err *e)
{
	json_object *plan, *op, *after = NULL;
	struct priv_reply reply;
	int rc = -1;

	if (change_preview(finding, params, &plan, e))
		return -1;
	op = json_object_array_get_idx(json_member(plan, "ops"), 0);
	if (check_consent(plan, digest, typed, e) ||
	    priv_ask(c, json_text(op, "verb"), json_text(op, "name"),
		     json_text(op, "expect"), json_text(op, "value"), -1, &reply,
		     NULL, e) ||
	    settle(c, reply.change, finding, op, &after, e))
		goto out;
	*change = entry_of(c, reply.change, e);
	if (*change) {
		add_proof(*change, json_object_get(json_member(plan, "before")), after);
		after = NULL;
		rc = 0;
	}
out:
	json_object_put(after);
	json_object_put(plan);
	return rc;
}

int change_undo(struct priv_client *c, const char *id, json_object **change,
		struct err *e)
{
	struct priv_reply reply;
	json_object *after = NULL;
	struct err ignored;

	if (priv_ask(c, "undo", id, NULL, NULL, -1, &reply, NULL, e))
		return -1;
	*change = entry_of(c, id, e);
	if (!*change)
		return -1;
	/* The undo is done whether or not the server can be looked at now. */
	look(json_text(*change, "name"), &after, &ignored);
	add_proof(*change, NULL, after);
	return 0;
}

int change_list(struct priv_client *c, json_object **changes, struct err *e)
{
	struct arena a = ARENA_INIT;
	char *text;
	size_t n;
	int fd = priv_read(c, "journal", NULL, NULL, e), rc;

	if (fd < 0)
		return -1;
	rc = io_read_all(fd, 32u << 20, &a, &text, &n, "the journal", e);
	close(fd);
	if (!rc)
		*changes = journal_view((struct slice){ text, n });
	arena_clear(&a);
	return rc;
}
