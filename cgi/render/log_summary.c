#include <string.h>

#include "base/json.h"
#include "render/log_summary.h"

/* ---- the object ------------------------------------------------------- */

static void write_name(char out[HEAVY_NAME_MAX + 1], const struct heavy_entry *e)
{
	memcpy(out, e->name, e->n);
	out[e->n] = '\0';
}

static void write_address(char out[HEAVY_NAME_MAX + 1], const struct heavy_entry *e)
{
	struct ip ip = ip_of_bytes(e->name[0], e->name + 1);

	ip_text(out, &ip);
}

typedef void write_fn(char out[HEAVY_NAME_MAX + 1], const struct heavy_entry *e);

static json_object *name_json(const struct heavy_entry *e, write_fn *write)
{
	json_object *o = json_object_new_object();
	char name[HEAVY_NAME_MAX + 1];

	write(name, e);
	json_put_text(o, "name", name);
	json_put_number(o, "count", (int64_t)e->count);
	json_put_number(o, "at_most", (int64_t)(e->count + e->missed));
	return o;
}

static json_object *names_json(struct heavy *h, write_fn *write)
{
	json_object *o = json_object_new_object(), *list = json_object_new_array();
	size_t n = h->used < SUMMARY_SHOWN ? h->used : SUMMARY_SHOWN;

	heavy_sort(h);
	for (size_t i = 0; i < n; i++)
		json_object_array_add(list, name_json(&h->entries[i], write));
	json_object_object_add(o, "names", list);
	json_put_number(o, "others", (int64_t)(h->used - n));
	json_put_flag(o, "exact", !h->missed);
	return o;
}

static json_object *classes_json(const struct log_summary *s)
{
	json_object *list = json_object_new_array();

	for (int c = 0; c < CAUSE_CLASSES; c++) {
		json_object *o;

		if (!s->by_class[c])
			continue;
		o = json_object_new_object();
		json_put_text(o, "class", cause_class_name((enum cause_class)c));
		json_put_number(o, "count", (int64_t)s->by_class[c]);
		json_object_array_add(list, o);
	}
	return list;
}

static json_object *probes_json(const struct log_summary *s)
{
	struct log_probes p = log_summary_probes(s);
	json_object *o = json_object_new_object();

	json_put_number(o, "refusals", (int64_t)p.refusals);
	json_put_number(o, "networks", (int64_t)p.networks);
	json_put_flag(o, "more", p.more);
	return o;
}

json_object *log_summary_json(struct log_summary *s)
{
	json_object *o = json_object_new_object(), *probes = probes_json(s);

	json_put_number(o, "lines", (int64_t)s->lines);
	json_put_number(o, "old", (int64_t)s->old);
	json_put_text(o, "from", s->first_said[0] ? s->first_said : NULL);
	json_put_text(o, "to", s->last_said[0] ? s->last_said : NULL);
	json_object_object_add(o, "classes", classes_json(s));
	json_object_object_add(o, "domains", names_json(&s->domains, write_name));
	json_object_object_add(o, "clients", names_json(&s->clients, write_address));
	json_object_object_add(o, "accounts", names_json(&s->accounts, write_name));
	json_object_object_add(o, "probes", probes);
	return o;
}
