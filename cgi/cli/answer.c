#include <string.h>

#include "base/io.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/answer.h"
#include "engine/bulk_plan.h"
#include "engine/explain.h"
#include "engine/explain_here.h"
#include "engine/preview.h"
#include "engine/probe.h"
#include "engine/scan.h"
#include "engine/setup.h"
#include "render/domain_rows.h"
#include "render/explanation.h"
#include "render/view.h"
#include "render/view_log.h"
#include "render/view_matrix.h"
#include "render/view_path.h"
#include "render/view_ports.h"
#include "render/view_relay.h"
#include "render/view_restrictions.h"
#include "render/view_server.h"
#include "render/view_settings.h"
#include "render/view_setup.h"
#include "sources/exim.h"
#include "sources/recorder.h"
#include "sources/relay.h"
#include "sources/whm.h"

#define NAMES_MAX 1000
#define FIRST_LOOK_SHOWN 20	/* of the findings, the worst */
_Static_assert(BULK_MAX <= NAMES_MAX, "a bulk is a list of names");

struct answer {
	struct world *w;
	json_object *request;
	void (*progress)(void *ctx, json_object *o);
	void *ctx;
	struct arena arena;
};

static void pass_progress(void *ctx, const struct scan_progress *p)
{
	struct answer *a = ctx;
	json_object *o;

	if (!a->progress)
		return;
	o = json_object_new_object();
	json_put_text(o, "phase", p->phase);
	json_put_number(o, "done", (int64_t)p->done);
	json_put_number(o, "total", (int64_t)p->total);
	if (p->found)
		view_first_look(o, p->found, FIRST_LOOK_SHOWN);
	a->progress(a->ctx, o);
	json_object_put(o);
}

/* An array of strings, NULL-ended, each let through by `fits`. */
static int take_words(struct answer *a, const char *key,
		      bool (*fits)(const char *), const char *what,
		      char ***out, size_t *n, struct err *e)
{
	json_object *list = json_member(a->request, key);
	size_t count = json_count(list);
	char **words = arena_zalloc(&a->arena, (count + 1) * sizeof(*words));

	if (count > NAMES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d %s", NAMES_MAX, key);
	for (size_t i = 0; i < count; i++) {
		json_object *o = json_object_array_get_idx(list, i);
		const char *s = json_object_is_type(o, json_type_string) ?
			json_object_get_string(o) : "";

		if (!fits(s))
			return err_set(e, ERR_INPUT, "'%.100s' is not %s", s, what);
		words[i] = arena_strdup(&a->arena, s);
	}
	*out = words;
	*n = count;
	return 0;
}

/* The same in lower case. */
static int take_names(struct answer *a, const char *key,
		      bool (*fits)(const char *), const char *what,
		      const char *const **out, size_t *n, struct err *e)
{
	char **words;

	if (take_words(a, key, fits, what, &words, n, e))
		return -1;
	for (size_t i = 0; i < *n; i++)
		text_lower(words[i]);
	*out = (const char *const *)words;
	return 0;
}

static bool is_finding(const char *s)
{
	const char *subject;

	return preview_split(s, &subject) && text_is_domain(subject);
}

static bool is_check(const char *s)
{
	return check_find(s) != NULL;
}

static bool is_address(const char *s)
{
	struct ip ip;

	return ip_parse(&ip, s);
}

static const struct ip *ips_of(struct answer *a, const char *const *texts, size_t n)
{
	struct ip *ips = arena_zalloc(&a->arena, (n + 1) * sizeof(*ips));

	for (size_t i = 0; i < n; i++)
		ip_parse(&ips[i], texts[i]);
	return ips;
}

static int take_options(struct answer *a, struct scan_options *o, struct err *e)
{
	const char *const *addresses, *const *controls;
	size_t nchecks, nonly;

	if (take_names(a, "domains", text_is_domain, "a domain", &o->domains,
		       &o->ndomains, e) ||
	    take_names(a, "only", text_is_domain, "a domain", &o->only, &nonly, e) ||
	    take_names(a, "checks", is_check, "a check; relaydoctor checks lists them",
		       &o->checks, &nchecks, e) ||
	    take_names(a, "addresses", is_address, "an IP address", &addresses,
		       &o->naddresses, e) ||
	    take_names(a, "controls", is_address, "an IP address", &controls,
		       &o->ncontrols, e))
		return -1;
	if (!nchecks)
		o->checks = NULL;
	if (!nonly)
		o->only = NULL;
	o->addresses = ips_of(a, addresses, o->naddresses);
	o->controls = ips_of(a, controls, o->ncontrols);
	o->probe = json_flag(a->request, "probe") == 1;
	o->fresh = json_flag(a->request, "fresh") == 1;
	o->first_look = a->progress && !o->only;
	o->progress = pass_progress;
	o->ctx = a;
	return 0;
}

struct scan_view {
	const struct answer *a;
	int64_t start;
	json_object *result;
};

static void view_scan(void *to, const struct facts *f, const struct report *r)
{
	struct scan_view *v = to;

	v->result = view_findings(f, r, v->a->w->ops->kind, io_monotonic_ms() - v->start);
	json_put_flag(v->result, "blind", scan_is_blind(f));
	if (json_flag(v->a->request, "domain_rows") == 1)
		json_object_object_add(v->result, "domain_rows", domain_rows_text(f));
}

static int op_scan(struct answer *a, json_object **result, struct err *e)
{
	struct scan_view v = { .a = a, .start = io_monotonic_ms() };
	struct scan_options o = { .told = view_scan, .to = &v };
	struct report r;
	struct facts f;

	if (take_options(a, &o, e))
		return -1;
	scan_run(a->w, &o, &a->arena, &f, &r);
	*result = v.result;
	return 0;
}

/* How a mail program is set up for a mailbox of it, or for any. */
static int setup(struct answer *a, const char *domain, json_object **out, struct err *e)
{
	const char *mailbox = json_text(a->request, "mailbox");
	const struct domain *d;
	struct client_setup s;
	struct facts f;

	if (mailbox && !text_is_mailbox(mailbox))
		return err_set(e, ERR_INPUT, "'%.100s' is not what stands before the @ of a mailbox here",
			       mailbox);
	if (a->w->ops->whm)
		return err_set(e, ERR_INPUT, "what its mail ports offer only that server can tell");
	if (setup_look(a->w, domain, &a->arena, &f, &d, &s, e))
		return -1;
	*out = view_setup(&s, d, mailbox);
	return 0;
}

static int op_setup(struct answer *a, json_object **result, struct err *e)
{
	const char *name = json_text(a->request, "name");

	if (!name || !text_is_domain(name))
		return err_set(e, ERR_INPUT, "'%.100s' is not a domain", name ? name : "");
	return setup(a, text_lower(arena_strdup(&a->arena, name)), result, e);
}

/* Beside the domain that a mailbox is named of; why not, where it cannot be had. */
static void put_setup(struct answer *a, const char *domain, json_object *result)
{
	json_object *o = NULL;
	struct err e;

	if (!json_text(a->request, "mailbox"))
		return;
	if (setup(a, domain, &o, &e))
		json_put_text(result, "setup_why", e.text);
	json_object_object_add(result, "setup", o);
}

static int op_domain(struct answer *a, json_object **result, struct err *e)
{
	const char *name = json_text(a->request, "name");
	const char *address = json_text(a->request, "address");
	const char *only[2] = { NULL, NULL };
	struct scan_options o = { .ndomains = 0 };
	struct exim_route route;
	const struct domain *d;
	struct err no_route;
	json_object *domain;
	const char *mailbox;
	struct report r;
	struct facts f;
	bool routed;

	if (!name || !text_is_domain(name))
		return err_set(e, ERR_INPUT, "'%.100s' is not a domain", name ? name : "");
	if (take_options(a, &o, e))
		return -1;
	only[0] = text_lower(arena_strdup(&a->arena, name));
	o.only = only;
	scan_run(a->w, &o, &a->arena, &f, &r);
	d = facts_domain(&f, only[0]);
	mailbox = address ? address : whm_ask_mailbox(a->w, d, &a->arena);
	routed = !exim_route_ask(a->w, preview_address(only[0], mailbox, &a->arena),
				 &a->arena, &route, &no_route);
	*result = json_object_new_object();
	domain = view_domain(&f, d, routed ? &route : NULL);
	json_object_object_add(domain, "rejections", view_rejections(&f));
	json_object_object_add(*result, "domain", domain);
	if (address)
		json_object_object_add(*result, "path", view_path(&f, address, routed ? route.text : NULL));
	if (json_flag(a->request, "map") == 1)
		json_object_object_add(*result, "map", view_map(&f, only[0]));
	json_object_object_add(*result, "findings", view_finding_list(&f, &r));
	json_put_flag(*result, "blind", scan_is_blind(&f));
	put_setup(a, only[0], *result);
	return 0;
}

/* Who gets to this server, where a change of the firewall is planned or proved. */
static void put_ways(json_object *o, const struct facts *f, const char *from, const char *account)
{
	struct ip ip;

	json_object_object_add(o, "server",
			       view_server(f, from && ip_parse(&ip, from) ? &ip : NULL, account));
}

static int op_address(struct answer *a, json_object **result, struct err *e)
{
	const char *text = json_text(a->request, "ip");
	struct address_look look;
	struct report r;
	struct facts f;
	struct ip ip;

	if (!text || !ip_parse(&ip, text))
		return err_set(e, ERR_INPUT, "'%.100s' is not an IP address", text ? text : "");
	if (a->w->ops->whm)
		return err_set(e, ERR_INPUT, "what blocks %s on another server only that server can tell: run relaydoctor show there",
			       text);
	scan_address(a->w, &ip, &a->arena, &f, &look, &r);
	*result = json_object_new_object();
	json_object_object_add(*result, "address", view_address(&f, &look));
	if (json_flag(a->request, "ways") == 1)
		put_ways(*result, &f, json_text(a->request, "from"), NULL);
	json_object_object_add(*result, "findings", view_finding_list(&f, &r));
	return 0;
}

/* One of our own ports, spoken to just now. */
static int op_listener(struct answer *a, json_object **result, struct err *e)
{
	const char *name = json_text(a->request, "name");
	struct report r;
	struct facts f;
	unsigned port;
	int family;

	if (!name || !preview_is_port(name, &port, &family))
		return err_set(e, ERR_INPUT, "'%.100s' is no port such as 25/IPv4", name ? name : "");
	if (ports_judge(a->w, &a->arena, &f, &r, e))
		return -1;
	*result = json_object_new_object();
	json_object_object_add(*result, "listener", view_listener(&f, port, family));
	json_object_object_add(*result, "findings", view_finding_list(&f, &r));
	return 0;
}

static int op_plan(struct answer *a, json_object **result, struct err *e)
{
	const char *finding = json_text(a->request, "finding");
	json_object *params = json_member(a->request, "params");
	const char *from = json_text(a->request, "from");
	struct param list[16];
	struct preview p;
	struct ip ip;
	size_t n = 0;

	if (!finding)
		return err_set(e, ERR_INPUT, "no finding is named");
	if (json_object_is_type(params, json_type_object)) {
		json_object_object_foreach(params, key, value) {
			if (n == sizeof(list) / sizeof(*list))
				return err_set(e, ERR_LIMIT, "too many params");
			list[n++] = (struct param){ key, value ?
				json_object_get_string(value) : "" };
		}
	}
	if (preview_make(a->w, finding, list, n, from && ip_parse(&ip, from) ? &ip : NULL,
			 &a->arena, &p, e))
		return -1;
	*result = view_plan(p.fix, &p.input, &p.plan, p.has_route ? &p.route : NULL);
	if (p.of_server || p.of_address)
		put_ways(*result, &p.facts, NULL, NULL);
	if (p.of_address)
		json_object_object_add(*result, "address", view_address(&p.facts, &p.look));
	return 0;
}

/* The server's own firewall, and what its checks find. */
static int op_server(struct answer *a, json_object **result, struct err *e)
{
	const char *account = json_text(a->request, "account");
	const char *from = json_text(a->request, "from");
	struct report r;
	struct facts f;

	if (account && !text_is_account(account))
		return err_set(e, ERR_INPUT, "'%.100s' is no account's name", account);
	scan_server(a->w, &a->arena, &f, &r);
	*result = json_object_new_object();
	put_ways(*result, &f, from, account);
	json_object_object_add(*result, "findings", view_finding_list(&f, &r));
	return 0;
}

/* Those with a plan and those without, in the order they were asked for. */
static json_object *view_bulk(const struct bulk_plan *p)
{
	json_object *o = json_object_new_object();
	json_object *rows = json_object_new_array(), *left = json_object_new_array();

	for (size_t i = 0; i < p->n; i++) {
		const struct bulk_row *r = &p->rows[i];

		json_object_array_add(r->left_out ? left : rows,
				      view_bulk_row(r->finding, r->fix, &r->input,
						    &r->plan, r->left_out));
	}
	json_object_object_add(o, "rows", rows);
	json_object_object_add(o, "left_out", left);
	json_put_flag(o, "whole", p->whole);
	return o;
}

static int op_bulk(struct answer *a, json_object **result, struct err *e)
{
	const char *const *findings;
	struct bulk_plan p;
	size_t n;

	if (take_names(a, "findings", is_finding, "a finding about a domain",
		       &findings, &n, e) ||
	    bulk_plan_make(a->w, findings, n, pass_progress, a, &a->arena, &p, e))
		return -1;
	*result = view_bulk(&p);
	return 0;
}

static int op_record(struct answer *a, json_object **result, struct err *e)
{
	bool anonymise = json_flag(a->request, "anonymise") == 1;
	struct world *w = recorder_new(a->w, anonymise);
	json_object *findings = NULL;
	struct answer inner = *a;
	int rc;

	inner.w = w;
	rc = op_scan(&inner, &findings, e);
	a->arena = inner.arena;
	if (!rc)
		*result = recorder_take(w);
	json_object_put(findings);
	w->ops->close(w);
	return rc;
}

static bool wants_matrix(const struct answer *a)
{
	return json_flag(a->request, "matrix") == 1;
}

static void put_matrix(struct answer *a, struct facts *f, json_object *ports)
{
	if (!wants_matrix(a))
		return;
	ports_rules(a->w, &a->arena, f);
	json_object_object_add(ports, "matrix", view_matrix(f, &a->arena));
	json_object_object_add(ports, "restrictions", view_restrictions(f, &a->arena));
}

/* {"op":"ports","port":N}: our own ports, of the live server or a recording. */
static int op_ports(struct answer *a, json_object **result, struct err *e)
{
	unsigned port = (unsigned)json_number(a->request, "port", 0);
	struct facts f;

	if (ports_look(a->w, &a->arena, &f, e))
		return -1;
	f.ports.probe.present &= wants_matrix(a);
	*result = view_ports(&f, port, &a->arena);
	put_matrix(a, &f, *result);
	return 0;
}

static int op_probe(struct answer *a, json_object **result, struct err *e)
{
	struct probe_wish wish = {
		.account = json_text(a->request, "account"),
		.port = (unsigned)json_number(a->request, "port", 0),
	};
	const char *const *hosts;
	struct facts f;
	struct ip *ips;

	if (take_names(a, "hosts", is_address, "an IP address", &hosts,
		       &wish.nhosts, e))
		return -1;
	if (wish.account && !text_is_account(wish.account))
		return err_set(e, ERR_INPUT, "'%.100s' is no account's name", wish.account);
	ips = arena_zalloc(&a->arena, (wish.nhosts + 1) * sizeof(*ips));
	for (size_t i = 0; i < wish.nhosts; i++)
		ip_parse(&ips[i], hosts[i]);
	wish.hosts = ips;
	if (ports_probe(a->w, &wish, &a->arena, &f, e))
		return -1;
	*result = view_ports(&f, wish.port, &a->arena);
	put_matrix(a, &f, *result);
	return 0;
}

static bool is_any(const char *s)
{
	return *s != '\0';	/* relay_ask looks closer */
}

static int op_relay(struct answer *a, json_object **result, struct err *e)
{
	struct relay_wish wish = {
		.user = json_text(a->request, "auth"),
		.sender = json_text(a->request, "from"),
		.port = (unsigned)json_number(a->request, "port", 25),
	};
	const char *client = json_text(a->request, "ip");
	struct relay_answer x;
	char **to;

	if (!client || !ip_parse(&wish.client, client))
		return err_set(e, ERR_INPUT, "'%.100s' is not an IP address", client ? client : "");
	if (take_words(a, "to", is_any, "an address", &to, &wish.n, e))
		return -1;
	wish.recipients = (const char *const *)to;
	if (relay_ask(a->w, &wish, &a->arena, &x, e))
		return -1;
	*result = view_relay(&wish, &x);
	return 0;
}

int request_text(json_object *request, struct slice *out, struct err *e)
{
	json_object *text = json_member(request, "text");

	if (!json_object_is_type(text, json_type_string))
		return err_set(e, ERR_INPUT, "no text to explain");
	*out = (struct slice){ json_object_get_string(text),
			       (size_t)json_object_get_string_len(text) };
	return out->n > EXPLAIN_MAX ?
		err_set(e, ERR_LIMIT, "the text is larger than %u KiB", EXPLAIN_MAX >> 10) : 0;
}

static int op_explain(struct answer *a, json_object **result, struct err *e)
{
	struct explanation_here here;
	struct explanation x;
	struct slice s;

	if (request_text(a->request, &s, e))
		return -1;
	if (a->w->ops->whm)
		return err_set(e, ERR_INPUT, "a text is explained on the server that it is about");
	explain_text(s, &a->arena, &x);
	explain_here(a->w, json_text(a->request, "reseller"), &x, &a->arena, &here);
	*result = explanation_json(&x, &here, NULL);
	return 0;
}

/* The administrator's own settings, line by line. */
static int op_settings(struct answer *a, json_object **result, struct err *e)
{
	struct slice text = { "", 0 };

	if (!a->w->ops->file)
		return err_set(e, ERR_INPUT, "there are no settings for another server");
	if (world_text(a->w, WORLD_SETTINGS, &a->arena, &text, e) && e->code != ERR_NOT_FOUND)
		return -1;
	*result = view_settings(text, a->w->now, &a->arena);
	return 0;
}

int answer_request(struct world *w, json_object *request,
		   void (*progress)(void *ctx, json_object *o), void *ctx,
		   json_object **result, struct err *e)
{
	static const struct {
		const char *op;
		int (*run)(struct answer *a, json_object **result, struct err *e);
	} ops[] = {
		{ "scan", op_scan }, { "domain", op_domain },
		{ "address", op_address }, { "server", op_server },
		{ "listener", op_listener },
		{ "plan", op_plan }, { "bulk", op_bulk }, { "record", op_record },
		{ "ports", op_ports }, { "probe", op_probe },
		{ "relay", op_relay }, { "explain", op_explain }, { "setup", op_setup },
		{ "settings", op_settings },
	};
	struct answer a = { .w = w, .request = request, .progress = progress,
		.ctx = ctx, .arena = ARENA_INIT };
	const char *op = json_text(request, "op");
	size_t i, n = sizeof(ops) / sizeof(*ops);
	int rc;

	for (i = 0; i < n && (!op || strcmp(op, ops[i].op)); i++)
		;
	rc = i < n ? ops[i].run(&a, result, e) :
		err_set(e, ERR_INPUT, "there is no request '%.50s'", op ? op : "");
	arena_clear(&a.arena);
	return rc;
}
