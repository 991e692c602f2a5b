#include <string.h>

#include "base/json.h"
#include "mail/cause_help.h"
#include "mail/when.h"
#include "render/view_log.h"

static json_object *view_day(int32_t day)
{
	char when[WHEN_MAX];

	return json_object_new_string_len(when_text(when, (int64_t)day * 86400), 10);
}

static const char *title_of(const char *class)
{
	struct cause c = { .rule = "" };

	while (c.class < CAUSE_CLASSES - 1 && strcmp(cause_class_name(c.class), class))
		c.class++;
	return cause_help(&c)->title;
}

static json_object *view_class(const struct log_day *x)
{
	json_object *o = json_object_new_object();

	json_put_text(o, "class", x->class);
	json_put_text(o, "title", title_of(x->class));
	json_put_number(o, "count", (int64_t)x->n);
	return o;
}

/* Those of that day, which follow each other from *at on. */
static json_object *view_of_day(const struct log_facts *f, int32_t day, size_t *at,
				int64_t *total)
{
	json_object *o = json_object_new_object(), *list = json_object_new_array();
	int64_t n = 0;

	for (; *at < f->ndays && f->days[*at].day <= day; (*at)++) {
		if (f->days[*at].day < day)
			continue;
		json_object_array_add(list, view_class(&f->days[*at]));
		n += (int64_t)f->days[*at].n;
	}
	*total += n;
	json_object_object_add(o, "day", view_day(day));
	json_put_number(o, "count", n);
	json_object_object_add(o, "classes", list);
	return o;
}

json_object *view_rejections(const struct facts *f)
{
	const struct log_facts *l = &f->log;
	int32_t first = l->to - LOG_CHART_DAYS + 1;
	json_object *o, *list;
	int64_t total = 0;
	size_t at = 0;

	if (!l->counted || l->to < LOG_CHART_DAYS)
		return NULL;
	o = json_object_new_object();
	list = json_object_new_array();
	for (int32_t day = first; day <= l->to; day++)
		json_object_array_add(list, view_of_day(l, day, &at, &total));
	json_object_object_add(o, "from", view_day(first));
	json_object_object_add(o, "to", view_day(l->to));
	json_put_number(o, "count", total);
	json_object_object_add(o, "days", list);
	return o;
}
