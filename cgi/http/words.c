#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/json.h"
#include "base/text.h"
#include "http/words.h"

#define WORDS_FILE "words/en.json"
#define WORDS_MAX (128u << 10)
#define FILLED_MAX 4096

struct words {
	struct arena arena;
	struct slice text;
};

static int load(struct words *w, int dir, struct err *e)
{
	const struct io_expect plain = { .max_size = WORDS_MAX };
	int fd = io_open_beneath(dir, WORDS_FILE, &plain, e), rc;
	json_object *o;
	char *text;

	if (fd < 0)
		return -1;
	rc = io_read_all(fd, WORDS_MAX, &w->arena, &text, &w->text.n, WORDS_FILE, e);
	close(fd);
	if (rc)
		return -1;
	w->text.p = text;
	o = json_read(text, w->text.n, WORDS_FILE, e);
	json_object_put(o);
	return o ? 0 : -1;
}

struct words *words_new(const char *templates_dir, struct err *e)
{
	struct words *w = calloc(1, sizeof(*w));
	int dir = open(templates_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (!w)
		abort();
	rc = dir < 0 ? err_set(e, ERR_UNAVAILABLE, "%s cannot be opened", templates_dir) :
		load(w, dir, e);
	if (dir >= 0)
		close(dir);
	if (!rc)
		return w;
	words_free(w);
	return NULL;
}

void words_free(struct words *w)
{
	if (w)
		arena_clear(&w->arena);
	free(w);
}

json_object *words_all(const struct words *w)
{
	struct err e;

	return json_read(w->text.p, w->text.n, WORDS_FILE, &e);
}

static const char *value_of(const struct words_value *values, struct slice name)
{
	for (; values && values->name; values++)
		if (slice_eq(name, values->name))
			return values->value ? values->value : "";
	return NULL;
}

/* "{name}" that has no value stays as it is. */
const char *words_fill(struct arena *a, json_object *words, const char *prefix,
		       const char *name, const struct words_value *values)
{
	const char *text = json_text(words, arena_printf(a, "%s%s", prefix, name));
	struct buf b = BUF_INIT(FILLED_MAX);
	const char *filled;

	if (!text)
		return NULL;
	while (*text) {
		size_t plain = strcspn(text, "{"), n = strcspn(text + plain, "}");
		struct slice key = { text + plain + 1, n ? n - 1 : 0 };
		const char *value = text[plain] && text[plain + n] ?
			value_of(values, key) : NULL;

		buf_add(&b, text, plain);
		text += plain;
		if (value) {
			buf_puts(&b, value);
			text += n + 1;
		} else if (*text) {
			buf_add(&b, text++, 1);
		}
	}
	filled = arena_strdup(a, b.data ? b.data : "");
	buf_free(&b);
	return filled;
}
