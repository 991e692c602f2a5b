#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/io.h"
#include "base/ip.h"
#include "base/json.h"
#include "base/text.h"
#include "engine/ask.h"
#include "engine/change.h"
#include "engine/digest.h"
#include "engine/journal.h"
#include "engine/preview.h"
#include "engine/witness.h"
#include "mail/relay.h"

static bool is(json_object *o, const char *key, const char *value)
{
	const char *s = json_text(o, key);

	return s && !strcmp(s, value);
}

/* The scan service, over the helper where it answers for one account alone. */
static int ask(struct priv_client *c, json_object *q, json_object **out, struct err *e)
{
	int s;

	if (!c || !c->as_account)
		return scan_ask(q, NULL, NULL, out, e);
	s = priv_read(c, "my_scan", NULL, NULL, e);
	return s < 0 ? -1 : scan_ask_on(s, q, out, e);
}

/* ---- preview ---------------------------------------------------------- */

/* A second change of the firewall would be refused (priv/guard.h): so the preview says. */
static void note_waiting(json_object *plan, json_object *op)
{
	struct priv_client c = PRIV_CLIENT_INIT;
	const char *verb = json_text(op, "verb");
	json_object *all = NULL;
	struct arena a = ARENA_INIT;
	struct err e;

	if ((!witness_of_rules(verb) && !witness_of_ways(verb)) ||
	    !json_object_is_type(json_member(plan, "notes"), json_type_array))
		return;
	if (!priv_open(&c, &e) && change_list(&c, &all, &e))
		all = NULL;
	priv_close(&c);
	for (size_t i = 0; i < json_count(all); i++) {
		json_object *o = json_object_array_get_idx(all, i);

		if (json_text(o, "until"))
			json_object_array_add(json_member(plan, "notes"), json_new_text(arena_printf(&a,
				"Not just now: change %s (%s %s) still waits for its proof, and the firewall is changed one by one. It is kept once that is there, or taken back at %s; “relaydoctor undo %s”, or the history, takes it back at once.",
				json_text(o, "id"), json_text(o, "verb"), json_text(o, "name"),
				json_text(o, "until"), json_text(o, "id"))));
	}
	json_object_put(all);
	arena_clear(&a);
}

int change_preview_as(struct priv_client *c, const char *finding, json_object *params,
		      const char *from, json_object **plan, struct err *e)
{
	json_object *q = json_object_new_object(), *op;
	char digest[DIGEST_TEXT];
	int rc;

	json_put_text(q, "op", "plan");
	json_put_text(q, "finding", finding);
	json_object_object_add(q, "params", json_object_get(params));
	if (from && *from)
		json_put_text(q, "from", from);
	rc = ask(c, q, plan, e);
	json_object_put(q);
	if (rc)
		return -1;
	/* What was asked for, not what the scan says was. */
	if (json_object_is_type(*plan, json_type_object))
		json_object_object_add(*plan, "params", params ? json_object_get(params) :
				       json_object_new_object());
	op = witness_op(*plan, finding, e);
	if (!op) {
		json_object_put(*plan);
		return -1;
	}
	note_waiting(*plan, op);
	json_put_text(*plan, "digest", digest_of_plan(digest, *plan));
	return 0;
}

int change_preview(const char *finding, json_object *params, const char *from,
		   json_object **plan, struct err *e)
{
	return change_preview_as(NULL, finding, params, from, plan, e);
}

/* ---- proof ------------------------------------------------------------ */

/* Exim, as a client of that address without a login. */
static void ask_exim(json_object *q, const char *client)
{
	json_object *to = json_object_new_array();

	json_object_array_add(to, json_new_text(RELAY_SOMEBODY));
	json_put_text(q, "op", "relay");
	json_put_text(q, "ip", client);
	json_put_text(q, "from", "");
	json_object_object_add(q, "to", to);
}

/* What the verb changed about this name: a domain or a mail address in one, an IP
 * address, a client's address in a list, a port as "25/IPv4", or the server
 * itself, asked also about the address that the change was made from. */
static int look(struct priv_client *c, const char *verb, const char *name,
		const char *from, json_object **out, struct err *e)
{
	json_object *q = json_object_new_object();
	char at[DOMAIN_TEXT_MAX];
	const char *domain = preview_domain(name, at), *client = witness_client(verb, name);
	struct ip ip;
	bool address = ip_parse(&ip, name);
	int rc;

	if (client) {
		ask_exim(q, client);
	} else if (witness_of_server(verb)) {
		json_put_text(q, "op", "server");
		if (text_is_account(name))
			json_put_text(q, "account", name);
		if (from && *from)
			json_put_text(q, "from", from);
	} else {
		json_put_text(q, "op", address ? "address" :
			      strchr(name, '/') ? "listener" : "domain");
		json_put_text(q, address ? "ip" : "name", address || !domain ? name : domain);
		json_put_flag(q, "ways", witness_of_ways(verb));
		json_put_text(q, "from", from && *from ? from : NULL);
	}
	rc = ask(c, q, out, e);
	json_object_put(q);
	return rc;
}

/* ---- one change ------------------------------------------------------- */

json_object *change_entry(struct priv_client *c, const char *id, struct err *e)
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
	json_object_object_add(change, "server", witness_of_rules(json_text(change, "verb")) ?
			       json_object_get(json_member(after, "server")) : NULL);
	json_object_object_add(change, "address",
			       json_object_get(json_member(after, "address")));
	json_object_object_add(change, "listener",
			       json_object_get(json_member(after, "listener")));
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

/* One plan at work. */
struct applied {
	json_object *plan, *op;
	const char *from;	/* as of change_preview */
	char id[64];		/* the journal's */
	struct arena *arena;
};

static const char *dissent(const struct applied *x, json_object *after)
{
	const char *verb = json_text(x->op, "verb"), *why;

	if (witness_of_server(verb))
		return witness_server_dissent(x->plan, after, x->op, x->arena);
	why = witness_dissent(after, json_text(x->plan, "finding"), x->op);
	return why || !witness_of_ways(verb) ? why :
		witness_ways_dissent(x->plan, after, x->arena);
}

/* Looks until all witnesses agree or there was time enough for it; the clause of
 * the one that does not, or NULL. */
static const char *look_for_effect(struct priv_client *c, const struct applied *x,
				   json_object **after, struct err *e)
{
	int64_t until = io_monotonic_ms() + witness_patience_ms(x->op);
	const char *why;

	for (;;) {
		why = look(c, json_text(x->op, "verb"), json_text(x->op, "name"), x->from,
			   after, e) ? e->text : dissent(x, *after);
		if (!why || io_monotonic_ms() >= until)
			return why;
		json_object_put(*after);
		*after = NULL;
		nanosleep(&(const struct timespec){ .tv_sec = 1 }, NULL);
	}
}

/* The plan is done by the helper; is it what the plan wanted? Kept or undone. */
static int settle(struct priv_client *c, const struct applied *x,
		  json_object **after, struct err *e)
{
	struct priv_reply reply;
	struct err unseen = { .text = "" }, not_undone;
	const char *why = look_for_effect(c, x, after, &unseen), *id = x->id;

	if (!why)
		return priv_ask(c, "keep", id, NULL, NULL, -1, &reply, NULL, e);
	if (priv_ask(c, "undo", id, NULL, NULL, -1, &reply, NULL, &not_undone))
		return err_set(e, ERR_UNAVAILABLE,
			       "not verified (%.200s) and not undone (%.200s): see change %s in the history",
			       why, not_undone.text, id);
	return err_set(e, ERR_UNAVAILABLE,
		       "the change did not have its effect (%.300s) and was undone", why);
}

int change_apply(struct priv_client *c, const char *finding, json_object *params,
		 const char *from, const char *digest, const char *typed, json_object **change,
		 struct err *e)
{
	struct arena a = ARENA_INIT;
	struct applied x = { .from = from, .arena = &a };
	json_object *plan, *op, *after = NULL;
	struct priv_reply reply;
	int rc = -1;

	if (change_preview_as(c, finding, params, from, &plan, e))
		return -1;
	x.plan = plan;
	x.op = op = witness_op(plan, finding, e);
	if (!op || check_consent(plan, digest, typed, e) ||
	    (c->fd < 0 && priv_open(c, e)) || priv_ask(c, json_text(op, "verb"), json_text(op, "name"),
		     json_text(op, "expect"), json_text(op, "value"), -1, &reply,
		     NULL, e))
		goto out;
	memcpy(x.id, reply.change, sizeof(x.id));
	if (settle(c, &x, &after, e))
		goto out;
	*change = change_entry(c, reply.change, e);
	if (*change) {
		add_proof(*change, json_object_get(json_member(plan, "before")), after);
		after = NULL;
		rc = 0;
	}
out:
	json_object_put(after);
	json_object_put(plan);
	arena_clear(&a);
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
	*change = change_entry(c, id, e);
	if (!*change)
		return -1;
	/* The undo is done whether or not the server can be looked at now. */
	if (!witness_is_setting(json_text(*change, "verb")))
		look(c, json_text(*change, "verb"), json_text(*change, "name"), NULL, &after,
		     &ignored);
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
