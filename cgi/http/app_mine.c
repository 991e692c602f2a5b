#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "http/app_my.h"

#define REPLY_MAX	(4u << 20)
#define DOMAINS_MAX	2000
#define EXCHANGERS_MAX	20

/* What cPanel itself tells the account about its domains (UAPI
 * Email::list_mxs). The helper asks as the account whose socket this is. */
static int read_reply(struct priv_client *c, struct arena *a, struct slice *out,
		      struct err *e)
{
	char *text;
	int fd = priv_read(c, "my_facts", NULL, NULL, e), rc;

	if (fd < 0)
		return -1;
	rc = io_read_all(fd, REPLY_MAX, a, &text, &out->n, "cPanel's answer", e);
	out->p = text;
	close(fd);
	return rc;
}

static const char *routing_word(const char *s)
{
	static const char *const words[] = { "auto", "local", "secondary", "remote" };

	for (size_t i = 0; s && i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(s, words[i]))
			return words[i];
	return NULL;
}

static json_object *view_exchangers(json_object *entries)
{
	json_object *list = json_object_new_array();
	size_t n = json_count(entries);

	for (size_t i = 0; i < n && i < EXCHANGERS_MAX; i++) {
		json_object *entry = json_object_array_get_idx(entries, i);
		json_object *o;

		if (!json_text(entry, "mx"))
			continue;
		o = json_object_new_object();
		json_put_text(o, "host", json_text(entry, "mx"));
		json_put_number(o, "preference", json_number(entry, "priority", 0));
		json_object_array_add(list, o);
	}
	return list;
}

/* NULL when the row is none. "detected" says what is in force. */
static json_object *view_domain_row(json_object *row)
{
	const char *name = json_text(row, "domain");
	const char *in_force = routing_word(json_text(row, "detected"));
	const char *chosen = routing_word(json_text(row, "mxcheck"));
	json_object *o;

	if (!name || !text_is_domain(name))
		return NULL;
	if (!in_force && chosen && strcmp(chosen, "auto"))
		in_force = chosen;
	o = json_object_new_object();
	json_put_text(o, "name", name);
	json_put_text(o, "mxcheck", chosen);
	json_put_text(o, "detected", in_force);
	json_put_flag(o, "automatic", chosen && !strcmp(chosen, "auto"));
	json_object_object_add(o, "mx", view_exchangers(json_member(row, "entries")));
	return o;
}

static int take_rows(json_object *reply, json_object *list, struct err *e)
{
	json_object *inner = json_member(reply, "result"), *rows;

	if (!json_object_is_type(inner, json_type_object))
		inner = reply;
	if (json_flag(inner, "status") != 1)
		return err_set(e, ERR_UNAVAILABLE,
			       "cPanel does not tell this account's mail routing at the moment");
	rows = json_member(inner, "data");
	if (json_count(rows) > DOMAINS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d domains", DOMAINS_MAX);
	for (size_t i = 0; i < json_count(rows); i++) {
		json_object *o = view_domain_row(json_object_array_get_idx(rows, i));

		if (o)
			json_object_array_add(list, o);
	}
	return 0;
}

int my_domains(const struct exchange *x, struct priv_client *c, json_object **out,
	       struct err *e)
{
	json_object *reply;
	struct slice text;
	int rc;

	if (read_reply(c, x->rq->arena, &text, e))
		return -1;
	reply = json_read(text.p, text.n, "cPanel's answer", e);
	if (!reply)
		return -1;
	*out = json_object_new_array();
	rc = take_rows(reply, *out, e);
	json_object_put(reply);
	if (rc)
		json_object_put(*out);
	return rc;
}

int run_mine(struct exchange *x, json_object **data, struct err *e)
{
	struct priv_client c = PRIV_CLIENT_INIT;
	json_object *list;
	int rc = my_open(x, &c, e);

	if (rc)
		return -1;
	rc = my_domains(x, &c, &list, e);
	my_close(x, &c);
	if (rc)
		return -1;
	*data = json_object_new_object();
	json_put_text(*data, "door", "user");
	json_put_text(*data, "login", x->rq->login);
	json_object_object_add(*data, "domains", list);
	return 0;
}
