#include "http/app_files.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/arena.h"

struct app_shelf {
	pthread_mutex_t lock;	/* over now and its holders */
	struct app_files *now;
	struct arena arena;
	const char *dir;
};

static void drop(struct app_files *f)
{
	if (!f || --f->holders)
		return;
	template_set_free(f->templates);
	assets_free(f->assets);
	words_free(f->words);
	free(f);
}

static int load(struct app_files *f, const char *dir, struct err *e)
{
	struct arena a = ARENA_INIT;

	f->templates = template_set_new();
	f->assets = assets_new(arena_printf(&a, "%s/assets", dir), e);
	arena_clear(&a);
	if (f->assets)
		f->words = words_new(dir, e);
	return f->words ? template_set_load(f->templates, dir, e) : -1;
}

int app_shelf_read(struct app_shelf *s, struct err *e)
{
	struct app_files *f = calloc(1, sizeof(*f)), *before = f;
	int rc;

	if (!f)
		abort();
	f->holders = 1;
	rc = load(f, s->dir, e);
	pthread_mutex_lock(&s->lock);
	if (!rc) {
		before = s->now;
		s->now = f;
	}
	drop(before);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

struct app_shelf *app_shelf_new(const char *dir, struct err *e)
{
	struct app_shelf *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	pthread_mutex_init(&s->lock, NULL);
	s->dir = arena_strdup(&s->arena, dir);
	if (!app_shelf_read(s, e))
		return s;
	app_shelf_free(s);
	return NULL;
}

void app_shelf_free(struct app_shelf *s)
{
	if (!s)
		return;
	drop(s->now);
	arena_clear(&s->arena);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

struct app_files *app_files_take(struct app_shelf *s)
{
	struct app_files *f;

	pthread_mutex_lock(&s->lock);
	f = s->now;
	f->holders++;
	pthread_mutex_unlock(&s->lock);
	return f;
}

void app_files_release(struct app_shelf *s, struct app_files *f)
{
	pthread_mutex_lock(&s->lock);
	drop(f);
	pthread_mutex_unlock(&s->lock);
}
