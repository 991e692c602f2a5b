#include <string.h>

#include "base/json.h"
#include "render/diagram.h"

#define COLUMN 40
#define BAR 26
#define PLOT 120		/* height of the highest column */
#define TOP 16			/* for the number above it */
#define BOTTOM 20		/* for the days */
#define SERIES 4
#define DAYS_MAX 62
#define CLASSES_MAX 64

struct series {
	const char *class, *title;
	int64_t n;
};

/* All causes, the most frequent first. */
static size_t collect(json_object *days, struct series *all)
{
	size_t n = 0;

	for (size_t i = 0; i < json_count(days); i++) {
		json_object *list = json_member(json_object_array_get_idx(days, i), "classes");

		for (size_t j = 0; j < json_count(list); j++) {
			json_object *o = json_object_array_get_idx(list, j);
			const char *class = json_text(o, "class");
			size_t at = 0;

			while (class && at < n && strcmp(all[at].class, class))
				at++;
			if (!class || at == CLASSES_MAX)
				continue;
			if (at == n)
				all[n++] = (struct series){ class, json_text(o, "title"), 0 };
			all[at].n += json_number(o, "count", 0);
		}
	}
	for (size_t i = 1; i < n; i++)
		for (size_t j = i; j && all[j].n > all[j - 1].n; j--) {
			struct series s = all[j];

			all[j] = all[j - 1];
			all[j - 1] = s;
		}
	return n;
}

static size_t series_of(const struct series *all, const char *class)
{
	size_t i = 0;

	while (i < SERIES && all[i].class && strcmp(all[i].class, class))
		i++;
	return i;
}

static void put_series(json_object *o, size_t series)
{
	const char name[2] = { (char)('0' + series), '\0' };

	json_put_text(o, "series", name);
}

static int64_t most_of(json_object *days)
{
	int64_t most = 0;

	for (size_t i = 0; i < json_count(days); i++) {
		int64_t n = json_number(json_object_array_get_idx(days, i), "count", 0);

		most = n > most ? n : most;
	}
	return most;
}

/* One over the other, by what stands below: so their heights add up. */
static json_object *parts_of(json_object *day, const struct series *all, int64_t most)
{
	json_object *parts = json_object_new_array(), *list = json_member(day, "classes");
	int64_t n[SERIES + 1] = { 0 }, below = 0;

	for (size_t i = 0; i < json_count(list); i++) {
		json_object *o = json_object_array_get_idx(list, i);
		const char *class = json_text(o, "class");

		if (class)
			n[series_of(all, class)] += json_number(o, "count", 0);
	}
	for (size_t i = 0; i <= SERIES; i++) {
		int64_t from = below * PLOT / most, to = (below + n[i]) * PLOT / most;
		json_object *o;

		if (!n[i])
			continue;
		below += n[i];
		to = to > from ? to : from + 1;		/* little is not nothing */
		o = json_object_new_object();
		json_put_number(o, "y", TOP + PLOT - to);
		json_put_number(o, "height", to - from);
		put_series(o, i);
		json_object_array_add(parts, o);
	}
	return parts;
}

static json_object *column(json_object *day, size_t i, const struct series *all,
			   int64_t most)
{
	json_object *o = json_object_new_object();
	const char *text = json_text(day, "day");

	json_put_number(o, "x", (int64_t)i * COLUMN + (COLUMN - BAR) / 2);
	json_put_number(o, "middle", (int64_t)i * COLUMN + COLUMN / 2);
	json_put_text(o, "day", text);
	json_put_text(o, "label", text && strlen(text) == 10 ? text + 5 : "");
	json_put_number(o, "count", json_number(day, "count", 0));
	json_object_object_add(o, "parts", parts_of(day, all, most));
	return o;
}

static json_object *legend(const struct series *all, size_t n)
{
	json_object *list = json_object_new_array();
	int64_t others = 0;

	for (size_t i = 0; i < n; i++) {
		json_object *o;

		if (i >= SERIES) {
			others += all[i].n;
			if (i + 1 < n)
				continue;
		}
		o = json_object_new_object();
		put_series(o, i < SERIES ? i : SERIES);
		json_put_text(o, "title", i < SERIES ? all[i].title : "Other causes");
		json_put_number(o, "count", i < SERIES ? all[i].n : others);
		json_object_array_add(list, o);
	}
	return list;
}

json_object *diagram_days(json_object *rejections)
{
	json_object *days = json_member(rejections, "days"), *o, *columns;
	struct series all[CLASSES_MAX + 1] = { { NULL, NULL, 0 } };
	int64_t most = most_of(days);
	size_t n = json_count(days);

	if (most <= 0 || n > DAYS_MAX)
		return NULL;
	o = json_object_new_object();
	columns = json_object_new_array();
	json_object_object_add(o, "legend", legend(all, collect(days, all)));
	for (size_t i = 0; i < n; i++)
		json_object_array_add(columns, column(json_object_array_get_idx(days, i),
						      i, all, most));
	json_object_object_add(o, "columns", columns);
	json_put_number(o, "width", (int64_t)n * COLUMN);
	json_put_number(o, "height", TOP + PLOT + BOTTOM);
	json_put_number(o, "bar", BAR);
	json_put_number(o, "base", TOP + PLOT);
	json_put_number(o, "labels", TOP + PLOT + BOTTOM - 5);
	json_put_number(o, "most", most);
	return o;
}
