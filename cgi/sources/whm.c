#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "sources/whm.h"

/* More mailboxes than this are not counted one by one for a preview. */
#define MAILBOXES_MAX 50

static const char *first_error(json_object *inner)
{
	json_object *errors = json_member(inner, "errors"), *first;

	if (json_object_is_type(errors, json_type_string))
		return json_object_get_string(errors);
	if (!json_count(errors))
		return "no reason given";
	first = json_object_array_get_idx(errors, 0);
	return first ? json_object_get_string(first) : "no reason given";
}

int whm_uapi_check(json_object *inner, const char *what, struct err *e)
{
	if (json_flag(inner, "status") == 1 && !json_count(json_member(inner, "errors")))
		return 0;
	return err_set(e, ERR_UNAVAILABLE, "%s: cPanel answers: %.300s", what,
		       first_error(inner));
}

json_object *whm_uapi_data(const char *text, size_t n, const char *what,
			   json_object **reply, struct err *e)
{
	json_object *inner;

	*reply = json_read(text, n, what, e);
	if (!*reply)
		return NULL;
	inner = json_member(*reply, "result");
	if (!json_object_is_type(inner, json_type_object))
		inner = *reply;
	if (!whm_uapi_check(inner, what, e))
		return inner;
	json_object_put(*reply);
	*reply = NULL;
	return NULL;
}

/* Runs the question and gives the "data" array of its answer. */
static json_object *ask(struct world *w, enum world_command c, const char *what,
			const char *account, const char *arg, struct arena *a,
			json_object **reply, struct err *e)
{
	json_object *inner;
	char *text;
	size_t n;

	if (!w->ops->command) {
		err_set(e, ERR_UNAVAILABLE, "there is no WHM in a %s world", w->ops->kind);
		return NULL;
	}
	if (w->ops->command(w, c, account, arg, a, &text, &n, e))
		return NULL;
	inner = whm_uapi_data(text, n, what, reply, e);
	return inner ? json_member(inner, "data") : NULL;
}

static const char *routing_word(json_object *row, const char *key)
{
	static const char *const words[] = { "auto", "local", "secondary", "remote" };
	const char *s = json_text(row, key);

	for (size_t i = 0; s && i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(s, words[i]))
			return words[i];
	return NULL;
}

static void take_row(json_object *row, const char *account, struct facts *f,
		     struct arena *a)
{
	const char *sent = json_text(row, "domain");
	struct domain_more *more;
	struct domain *d;
	char name[254];

	if (!sent || strlen(sent) >= sizeof(name))
		return;
	memcpy(name, sent, strlen(sent) + 1);
	d = facts_domain(f, text_lower(name));
	if (!d || !d->owner || strcmp(d->owner, account))
		return;
	more = domain_more_at(d, a);
	more->mxcheck = routing_word(row, "mxcheck");
	more->detected = routing_word(row, "detected");
	d->whm_listed = more->mxcheck != NULL;
}

void whm_take_routing(json_object *rows, const char *account, struct facts *f,
		      struct arena *a)
{
	for (size_t i = 0; i < json_count(rows); i++)
		take_row(json_object_array_get_idx(rows, i), account, f, a);
}

int whm_ask_routing(struct world *w, const char *account, struct facts *f,
		    struct arena *a, struct err *e)
{
	json_object *reply = NULL, *rows;

	e->code = ERR_NONE;
	rows = ask(w, WORLD_LIST_MXS, "Email::list_mxs", account, NULL, a, &reply, e);
	if (!reply)
		return -1;
	for (size_t i = 0; i < f->ndomains; i++)
		if (f->domains[i].owner && !strcmp(f->domains[i].owner, account))
			f->domains[i].whm_asked = true;
	whm_take_routing(rows, account, f, a);
	json_object_put(reply);
	return 0;
}

static int count_messages(struct world *w, const char *account,
			  const char *mailbox, struct arena *a, uint64_t *sum,
			  struct err *e)
{
	json_object *reply = NULL, *rows;

	rows = ask(w, WORLD_MAILBOX_STATUS, "Mailboxes::get_mailbox_status_list",
		   account, mailbox, a, &reply, e);
	if (!reply)
		return -1;
	for (size_t i = 0; i < json_count(rows); i++) {
		int64_t n = json_number(json_object_array_get_idx(rows, i),
					"messages", 0);

		*sum += n > 0 ? (uint64_t)n : 0;
	}
	json_object_put(reply);
	return 0;
}

/* The address in this row, if it is one in the domain. */
static const char *address_in(json_object *row, const struct domain *d)
{
	const char *address = json_text(row, "email");
	const char *at = address ? strrchr(address, '@') : NULL;

	return at && !strcasecmp(at + 1, d->name) ? address : NULL;
}

static json_object *ask_mailboxes(struct world *w, const struct domain *d,
				  struct arena *a, json_object **reply, struct err *e)
{
	return ask(w, WORLD_LIST_POPS, "Email::list_pops_with_disk", d->owner,
		   d->name, a, reply, e);
}

const char *whm_ask_mailbox(struct world *w, const struct domain *d,
			    struct arena *a)
{
	json_object *reply = NULL, *rows;
	const char *found = NULL;
	struct err e;

	if (!d->owner)
		return NULL;
	rows = ask_mailboxes(w, d, a, &reply, &e);
	for (size_t i = 0; i < json_count(rows) && !found; i++)
		found = address_in(json_object_array_get_idx(rows, i), d);
	if (found)
		found = arena_strdup(a, found);
	json_object_put(reply);
	return found;
}

static int count_mailboxes(struct world *w, const struct domain *d,
			   json_object *rows, struct arena *a,
			   struct mail_here *here, struct err *e)
{
	for (size_t i = 0; i < json_count(rows); i++) {
		const char *address = address_in(json_object_array_get_idx(rows, i), d);

		if (!address)
			continue;
		if (!here->mailbox)
			here->mailbox = arena_strdup(a, address);
		if (++here->mailboxes > MAILBOXES_MAX)
			return err_set(e, ERR_LIMIT, "%s has more than %d mailboxes",
				       d->name, MAILBOXES_MAX);
		if (count_messages(w, d->owner, address, a, &here->messages, e))
			return -1;
	}
	return 0;
}

void whm_ask_mail_here(struct world *w, const struct domain *d, struct arena *a,
		       struct mail_here *here)
{
	json_object *reply = NULL, *rows;
	struct err e = { .text = "" };

	*here = (struct mail_here){ .asked = true };
	rows = ask_mailboxes(w, d, a, &reply, &e);
	if (reply && !count_mailboxes(w, d, rows, a, here, &e))
		here->known = true;
	else
		here->why = arena_strdup(a, e.text);
	json_object_put(reply);
}

/* ---- a filter ---------------------------------------------------------- */

void whm_ask_filter(struct world *w, const struct domain *d, const char *subject,
		    struct arena *a, struct filter_kept *out)
{
	struct slice rest, state;
	struct err e;
	char *text, name[512];
	size_t n;

	*out = (struct filter_kept){ .why = NULL };
	if (w->ops->command(w, WORLD_FILTER_STATE, d->owner, subject, a, &text, &n, &e)) {
		out->why = arena_strdup(a, e.text);
		return;
	}
	rest = slice_of(text);
	state = slice_cut(&rest, '\n');
	out->state = arena_strndup(a, state.p, state.n);
	out->name = arena_strdup(a, text_printable(name, sizeof(name),
						   arena_strndup(a, rest.p, rest.n)));
}

/* ---- the zone --------------------------------------------------------- */

/* An error in the row (the DNS did not answer cPanel) is no "no". */
static int take_authority(json_object *row, struct arena *a,
			  struct zone_kept *out, struct err *e)
{
	const char *zone = json_text(row, "zone");
	const char *wrong = json_text(row, "error");

	if (!row || (wrong && *wrong))
		return err_set(e, ERR_UNAVAILABLE,
			       "cPanel does not know whether the domain is delegated to this server: %.200s",
			       wrong ? wrong : "it gives no answer");
	out->authority = json_flag(row, "local_authority") == 1;
	out->zone = zone ? text_lower(arena_strdup(a, zone)) : NULL;
	return 0;
}

static int ask_authority(struct world *w, const struct domain *d, struct arena *a,
			 struct zone_kept *out, struct err *e)
{
	json_object *reply = NULL, *rows, *row = NULL;
	int rc;

	rows = ask(w, WORLD_LOCAL_AUTHORITY, "DNS::has_local_authority", d->owner,
		   d->name, a, &reply, e);
	if (!reply)
		return -1;
	for (size_t i = 0; i < json_count(rows) && !row; i++) {
		json_object *one = json_object_array_get_idx(rows, i);
		const char *name = json_text(one, "domain");

		if (name && !strcasecmp(name, d->name))
			row = one;
	}
	rc = take_authority(row, a, out, e);
	json_object_put(reply);
	return rc;
}

/* "2026112701 10 mail.shop.example ttl 14400" */
static int ask_records(struct world *w, const struct domain *d, struct arena *a,
		       struct zone_kept *out, struct err *e)
{
	struct slice rest, number;
	uint64_t serial;
	char *text;
	size_t n;

	if (w->ops->command(w, WORLD_MX_RECORDS, d->owner, d->name, a, &text, &n, e))
		return -1;
	rest = slice_of(text);
	number = slice_cut(&rest, ' ');
	if (!slice_uint(number, UINT32_MAX, &serial))
		return err_set(e, ERR_BUG, "the helper gave no MX records");
	out->serial = (uint32_t)serial;
	out->mx = arena_strndup(a, rest.p, rest.n);
	return 0;
}

void whm_ask_zone(struct world *w, const struct domain *d, struct arena *a,
		  struct zone_kept *out)
{
	struct err e = { .text = "" };

	*out = (struct zone_kept){ .known = false };
	if (ask_authority(w, d, a, out, &e) ||
	    (out->authority && ask_records(w, d, a, out, &e)))
		out->why = arena_strdup(a, e.text);
	else
		out->known = true;
}
