#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "render/template_tree.h"

#define FILE_MAX	(256u << 10)

struct template_set *template_set_new(void)
{
	struct template_set *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	return s;
}

void template_set_free(struct template_set *s)
{
	if (s)
		arena_clear(&s->arena);
	free(s);
}

const struct template *template_find(const struct template_set *s,
				     const char *name)
{
	for (const struct template *t = s->first; t; t = t->next)
		if (!strcmp(t->name, name))
			return t;
	return NULL;
}

int template_set_add(struct template_set *s, const char *name, struct slice text,
		     struct err *e)
{
	struct template *t;

	if (template_find(s, name))
		return err_set(e, ERR_BUG, "there are two templates %s", name);
	t = arena_zalloc(&s->arena, sizeof(*t));
	t->name = arena_strdup(&s->arena, name);
	text.p = arena_strndup(&s->arena, text.n ? text.p : "", text.n);
	if (template_parse(&s->arena, t->name, text, t, e))
		return -1;
	t->next = s->first;
	s->first = t;
	return 0;
}

static int load_file(struct template_set *s, int dir, const char *file,
		     struct err *e)
{
	const struct io_expect plain = { .max_size = FILE_MAX };
	struct arena a = ARENA_INIT;
	int fd = io_open_beneath(dir, file, &plain, e), rc;
	char *text;
	size_t n;

	if (fd < 0)
		return -1;
	rc = io_read_all(fd, FILE_MAX, &a, &text, &n, file, e);
	close(fd);
	if (!rc)
		rc = template_set_add(s, arena_strndup(&a, file, strlen(file) - 5),
				      (struct slice){ text, n }, e);
	arena_clear(&a);
	return rc;
}

static bool is_template(const char *file)
{
	size_t n = strlen(file);

	return *file != '.' && n > 5 && !strcmp(file + n - 5, ".html");
}

static int load_dir(struct template_set *s, const char *path, struct err *e)
{
	DIR *d = opendir(path);
	struct dirent *entry;
	int rc = 0;

	if (!d)
		return err_set(e, ERR_UNAVAILABLE, "%s: %s", path, strerror(errno));
	while (!rc && (entry = readdir(d)))
		if (is_template(entry->d_name))
			rc = load_file(s, dirfd(d), entry->d_name, e);
	closedir(d);
	return rc;
}

int template_set_load(struct template_set *s, const char *dir, struct err *e)
{
	char partials[4096];

	if ((size_t)snprintf(partials, sizeof(partials), "%s/partials", dir) >=
	    sizeof(partials))
		return err_set(e, ERR_INPUT, "the templates' path is too long");
	return load_dir(s, dir, e) || load_dir(s, partials, e) ? -1 : 0;
}
