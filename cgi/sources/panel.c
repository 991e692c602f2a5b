#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/percent.h"
#include "sources/panel_parts.h"
#include "sources/whm_http.h"
#include "sources/whm_reply.h"

#define FORM_MAX (1u << 20)
#define VALUE_MAX 1200	/* encoded */

/* ---- calls ------------------------------------------------------------ */

void panel_form(struct panel *p)
{
	p->form.len = 0;
	p->ncalls = 0;
	buf_puts(&p->form, "api.version=1");
}

void panel_arg(struct panel *p, const char *key, const char *value)
{
	char encoded[VALUE_MAX];

	if (percent_encode(encoded, sizeof(encoded), value))
		buf_printf(&p->form, "&%s=%s", key, encoded);
}

void panel_add_call(struct panel *p, const char *function, const char *query)
{
	char call[400];

	snprintf(call, sizeof(call), "%s%s%s", function, query ? "?" : "", query ? query : "");
	panel_arg(p, "command", call);
	p->ncalls++;
}

static json_object *send_form(struct panel *p, const char *function, struct err *e)
{
	p->reply.len = 0;
	if (p->w->ops->whm(p->w, function, p->form.data, &p->reply, e))
		return NULL;
	return whm_reply_read((struct slice){ p->reply.data, p->reply.len }, function, e);
}

json_object *panel_call(struct panel *p, const char *function, struct err *e)
{
	json_object *reply = send_form(p, function, e);

	if (!reply || !whm_reply_check(reply, function, e))
		return reply;
	json_object_put(reply);
	return NULL;
}

json_object *panel_batch(struct panel *p, json_object **reply, struct err *e)
{
	json_object *parts;

	*reply = send_form(p, "batch", e);
	parts = *reply ? whm_reply_batch(*reply, p->ncalls, e) : NULL;
	if (parts)
		return parts;
	json_object_put(*reply);
	*reply = NULL;
	return NULL;
}

/* ---- what the token may ----------------------------------------------- */

/* myprivs gives a list of hashes (API documentation) or one hash. root has
 * "all", and the rest may be 0. */
static int privilege(json_object *list, const char *acl)
{
	bool one = json_object_is_type(list, json_type_object);
	size_t n = one ? 1 : json_count(list);

	for (size_t i = 0; i < n; i++) {
		json_object *o = one ? list : json_object_array_get_idx(list, i);

		if (json_flag(o, acl) == 1 || json_flag(o, "all") == 1)
			return 1;
	}
	return n ? 0 : -1;
}

static bool offered(json_object *functions, const char *name)
{
	for (size_t i = 0; i < json_count(functions); i++) {
		json_object *o = json_object_array_get_idx(functions, i);

		if (json_object_is_type(o, json_type_string) &&
		    !strcmp(json_object_get_string(o), name))
			return true;
	}
	return json_count(functions) == 0;
}

void panel_explain(struct panel *p, const char *function, const char *acl, struct err *e)
{
	size_t n = strlen(e->text);

	if (e->code != ERR_DENIED && e->code != ERR_NOT_FOUND)
		return;
	if (acl && privilege(p->privileges, acl) == 0)
		snprintf(e->text + n, sizeof(e->text) - n, " (the token lacks the privilege %s)", acl);
	else if (!offered(p->functions, function))
		snprintf(e->text + n, sizeof(e->text) - n, " (it is not among the functions that this token may call)");
}

/* ---- the server ------------------------------------------------------- */

enum probe { PROBE_VERSION, PROBE_PRIVILEGES, PROBE_FUNCTIONS, PROBE_HOSTNAME,
	PROBE_ADDRESSES, PROBE_SHARED, NPROBES };

static json_object *data_of(json_object *parts, enum probe probe, const char *key)
{
	json_object *part = json_object_array_get_idx(parts, probe);
	struct err ignored;

	return whm_reply_check(part, key, &ignored) ? NULL :
		json_member(json_member(part, "data"), key);
}

static const char *text_of(json_object *parts, enum probe probe, const char *key)
{
	json_object *v = data_of(parts, probe, key);

	return json_object_is_type(v, json_type_string) ? json_object_get_string(v) : NULL;
}

static void take_server(struct panel *p, json_object *parts)
{
	const char *name = text_of(parts, PROBE_HOSTNAME, "hostname");

	if (name && text_is_domain(name))
		p->f->hostname = text_lower(arena_strdup(p->a, name));
	p->privileges = json_object_get(data_of(parts, PROBE_PRIVILEGES, "privileges"));
	p->functions = json_object_get(data_of(parts, PROBE_FUNCTIONS, "app"));
	panel_take_addresses(p, json_object_array_get_idx(parts, PROBE_ADDRESSES),
			     json_object_array_get_idx(parts, PROBE_SHARED));
}

/* A login that is denied here is denied everything: nothing more is asked. */
static int ask_server(struct panel *p, struct err *e)
{
	static const char *const calls[NPROBES] = {
		"version", "myprivs", "applist", "gethostname", "listips", "get_shared_ip",
	};
	json_object *reply, *parts;
	const char *version;
	unsigned v;

	panel_form(p);
	for (size_t i = 0; i < NPROBES; i++)
		panel_add_call(p, calls[i], NULL);
	parts = panel_batch(p, &reply, e);
	if (!parts)
		return -1;
	version = text_of(parts, PROBE_VERSION, "version");
	v = version ? whm_version(version) : 0;
	if (v && v < WHM_VERSION_MIN)
		err_set(e, ERR_NOT_FOUND, "this server runs cPanel & WHM %.40s, and %d or later is needed",
			version, WHM_VERSION_MIN);
	else
		take_server(p, parts);
	json_object_put(reply);
	return v && v < WHM_VERSION_MIN ? -1 : 0;
}

/* ---- the whole -------------------------------------------------------- */

static void fail(struct panel *p, enum source_index i, const struct err *e)
{
	p->f->source[i] = (struct source_status){ SOURCE_FAILED, arena_strdup(p->a, e->text) };
}

static void set_lists(struct panel *p)
{
	p->f->source[SOURCE_FILES] = (struct source_status){ SOURCE_ABSENT,
		"another server's API hands out no files" };
	for (int i = 0; i < NLISTS; i++)
		p->f->list[i] = (struct file_fact){ .path = list_path((enum list_id)i) };
	p->f->userdomains.path = world_files[WORLD_USERDOMAINS].path;
}

static void gather(struct panel *p)
{
	static const enum source_index all[] = { SOURCE_DOMAINS, SOURCE_OWNERS, SOURCE_WHM };
	struct source_status *s = p->f->source;
	struct err e;

	if (ask_server(p, &e)) {
		for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
			fail(p, all[i], &e);
		fail(p, SOURCE_ADDRESSES, &e);
		return;
	}
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		s[all[i]].state = SOURCE_OK;
	if (panel_domains(p, &e)) {
		panel_explain(p, "get_domain_info", "acct-summary", &e);
		for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
			fail(p, all[i], &e);
	} else if (panel_routing(p, &e)) {
		panel_explain(p, "uapi_cpanel", "cpanel-api", &e);
		fail(p, SOURCE_DOMAINS, &e);
		fail(p, SOURCE_WHM, &e);
	}
	panel_set_addresses(p);
}

void panel_gather(struct world *w, const struct panel_wish *wish, struct facts *f,
		  struct arena *a)
{
	struct panel p = {
		.w = w, .wish = wish, .f = f, .a = a, .form = BUF_INIT(FORM_MAX),
		.reply = BUF_INIT(WHM_REPLY_MAX), .own = { .arena = a },
	};

	f->partial = wish->only != NULL;
	f->panel = w->panel ? arena_strdup(a, w->panel) : "another server";
	set_lists(&p);
	gather(&p);
	json_object_put(p.privileges);
	json_object_put(p.functions);
	buf_free(&p.form);
	buf_free(&p.reply);
}
