#include <string.h>

#include "base/json.h"
#include "engine/ask.h"
#include "http/app_my.h"
#include "http/turn.h"

#define PAGE_DOMAINS 20	/* looked at together: their DNS is asked anew */

/* ---- who, and whom to ask -------------------------------------------------- */

int my_open(const struct exchange *x, struct priv_client *c, struct err *e)
{
	struct priv_reply reply;

	turn_take(x->app->turns, x->rq->peer.uid);
	if (!priv_open(c, e) &&
	    !priv_ask(c, "as_user", NULL, x->rq->remote_addr, NULL, x->rq->fd, &reply,
		      NULL, e)) {
		c->as_account = true;
		return 0;
	}
	my_close(x, c);
	return -1;
}

void my_close(const struct exchange *x, struct priv_client *c)
{
	priv_close(c);
	turn_end(x->app->turns);
}

int my_ask(struct priv_client *c, json_object *request, json_object **out,
	   struct err *e)
{
	int s = priv_read(c, "my_scan", NULL, NULL, e);

	return s < 0 ? -1 : scan_ask_on(s, request, out, e);
}

int my_ask_once(const struct exchange *x, json_object *request, json_object **out,
		struct err *e)
{
	struct priv_client c = PRIV_CLIENT_INIT;
	int rc = my_open(x, &c, e);

	if (!rc) {
		rc = my_ask(&c, request, out, e);
		my_close(x, &c);
	}
	json_object_put(request);
	return rc;
}

static json_object *request_of(const char *op)
{
	json_object *o = json_object_new_object();

	json_put_text(o, "op", op);
	return o;
}

/* ---- the domains --------------------------------------------------------- */

/* Those of page n, and how many pages there are. */
static json_object *cut_page(json_object *all, size_t n, json_object *data)
{
	size_t count = json_count(all), pages = (count + PAGE_DOMAINS - 1) / PAGE_DOMAINS;
	json_object *list = json_object_new_array();

	for (size_t i = (n - 1) * PAGE_DOMAINS; i < count && i < n * PAGE_DOMAINS; i++)
		json_object_array_add(list, json_object_get(
				json_object_array_get_idx(all, i)));
	json_put_number(data, "before", n > 1 ? (int64_t)n - 1 : 0);
	json_put_number(data, "after", n < pages ? (int64_t)n + 1 : 0);
	return list;
}

static json_object *names_of(json_object *domains)
{
	json_object *list = json_object_new_array();

	for (size_t i = 0; i < json_count(domains); i++)
		json_object_array_add(list, json_new_text(json_text(
				json_object_array_get_idx(domains, i), "name")));
	return list;
}

/* What the check says of each, as its member "checked"; null: nothing. */
static void join(json_object *domains, json_object *checked)
{
	json_object *list = json_member(checked, "domains");

	for (size_t i = 0; i < json_count(domains); i++) {
		json_object *d = json_object_array_get_idx(domains, i), *found = NULL;

		for (size_t k = 0; k < json_count(list) && !found; k++) {
			json_object *o = json_object_array_get_idx(list, k);

			if (json_text(o, "name") && !strcmp(json_text(o, "name"), json_text(d, "name")))
				found = json_object_get(o);
		}
		json_object_object_add(d, "checked", found);
	}
}

/* That the check could not be made is said beside each domain. */
static void check(struct priv_client *c, json_object *domains)
{
	json_object *request = request_of("check"), *checked = NULL;
	struct err ignored;

	json_object_object_add(request, "domains", names_of(domains));
	if (json_count(domains))
		my_ask(c, request, &checked, &ignored);
	json_object_put(request);
	join(domains, checked);
	json_object_put(checked);
}

int run_my_check(struct exchange *x, json_object **data, struct err *e)
{
	size_t n = (size_t)fields_number(&x->fields, "n", 1);
	struct priv_client c = PRIV_CLIENT_INIT;
	json_object *all, *domains;

	if (my_open(x, &c, e))
		return -1;
	if (my_domains(x, &c, &all, e)) {
		my_close(x, &c);
		return -1;
	}
	*data = json_object_new_object();
	domains = cut_page(all, n, *data);
	json_object_put(all);
	check(&c, domains);
	my_close(x, &c);
	json_object_object_add(*data, "domains", domains);
	return 0;
}

/* ---- the rest -------------------------------------------------------------- */

/* Only of the address that the panel says the browser has. */
int run_my_address(struct exchange *x, json_object **data, struct err *e)
{
	json_object *request = request_of("address");

	json_put_text(request, "ip", x->rq->remote_addr);
	if (my_ask_once(x, request, data, e))
		return -1;
	json_put_text(*data, "ip", x->rq->remote_addr);
	return 0;
}

/* Without a domain the page asks for one. */
int run_my_setup(struct exchange *x, json_object **data, struct err *e)
{
	const char *name = exchange_field(x, "name");
	struct priv_client c = PRIV_CLIENT_INIT;
	json_object *domains, *setup = NULL;
	struct err unset;

	if (my_open(x, &c, e))
		return -1;
	if (my_domains(x, &c, &domains, e)) {
		my_close(x, &c);
		return -1;
	}
	my_close(x, &c);
	unset.code = ERR_NONE;
	if (name && run_setup(x, &setup, &unset) && unset.code == ERR_NOT_FOUND) {
		json_object_put(domains);
		return exchange_hide(e);
	}
	*data = json_object_new_object();
	json_object_object_add(*data, "domains", domains);
	json_object_object_add(*data, "setup", setup);
	json_put_flag(*data, "silent", name && !setup);
	json_put_text(*data, "name", name);
	json_put_text(*data, "mailbox", exchange_field(x, "mailbox"));
	return 0;
}

int run_my_explain(struct exchange *x, json_object **data, struct err *e)
{
	const char *text = exchange_field(x, "text");
	json_object *answer = NULL, *request;

	if (text) {
		request = request_of("explain");
		json_object_object_add(request, "text", json_object_new_string(text));
		if (my_ask_once(x, request, &answer, e))
			return -1;
	}
	*data = json_object_new_object();
	json_put_text(*data, "text", text);
	json_object_object_add(*data, "answer", answer);
	return 0;
}
