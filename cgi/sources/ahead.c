#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/map.h"
#include "priv/client.h"
#include "sources/ahead.h"

#define OUTPUT_MAX (32u << 20)
#define LOOK_MS 100

struct answer {
	bool given;		/* there is something to take */
	int rc;
	char *text;		/* malloc'ed by the thread that asked */
	size_t n;
	struct err e;
	struct answer *older;
};

struct ahead {
	struct arena arena;
	struct map answers;	/* by key_of */
	struct answer *newest;
};

/* One round of asking. */
struct round {
	const struct world_question *q;
	struct answer **to;
	size_t n;
	atomic_size_t next, done, working;
};

struct ahead *ahead_new(void)
{
	struct ahead *x = calloc(1, sizeof(*x));

	if (!x)
		abort();
	x->answers.arena = &x->arena;
	return x;
}

static void forget(struct answer *a)
{
	free(a->text);
	a->text = NULL;
	a->given = false;
}

void ahead_free(struct ahead *x)
{
	if (!x)
		return;
	for (struct answer *a = x->newest; a; a = a->older)
		forget(a);
	arena_clear(&x->arena);
	free(x);
}

static const char *key_of(struct arena *a, enum world_command c, const char *arg,
			  const char *arg2)
{
	return arena_printf(a, "%d %s %s", (int)c, arg ? arg : "", arg2 ? arg2 : "");
}

/* ---- a thread ---------------------------------------------------------- */

/* False when the helper had no place for this conversation, or ended it: then
 * the question was not asked, whatever the panel would have said. */
static bool ask(struct priv_client *c, const struct world_question *q,
		struct answer *to)
{
	const char *name = world_command_name(q->command);
	int fd = priv_read(c, name, q->arg, q->arg2, &to->e);
	struct arena a = ARENA_INIT;
	char *text;

	if (fd < 0 && c->fd < 0)
		return false;
	to->rc = fd < 0 ? -1 : io_read_all(fd, OUTPUT_MAX, &a, &text, &to->n, name, &to->e);
	if (!to->rc) {
		to->text = malloc(to->n + 1);
		if (!to->text)
			abort();
		memcpy(to->text, text, to->n + 1);
	}
	if (fd >= 0)
		close(fd);
	arena_clear(&a);
	to->given = true;
	return true;
}

/* What a thread without a conversation leaves, the others ask, and what they all
 * leave is asked when it is needed. */
static void *work(void *ctx)
{
	struct priv_client c = PRIV_CLIENT_INIT;
	struct round *r = ctx;
	struct priv_reply reply;
	struct err e;
	size_t i;

	if (!priv_open(&c, &e) && !priv_ask(&c, "ahead", NULL, NULL, NULL, -1, &reply, NULL, &e))
		while ((i = atomic_fetch_add(&r->next, 1)) < r->n &&
		       ask(&c, &r->q[i], r->to[i]))
			atomic_fetch_add(&r->done, 1);
	priv_close(&c);
	atomic_fetch_sub(&r->working, 1);
	return NULL;
}

/* ---- all of them ------------------------------------------------------- */

static void watch(struct round *r, void (*progress)(void *, size_t, size_t),
		  void *ctx)
{
	const struct timespec nap = { .tv_nsec = LOOK_MS * 1000000L };

	while (atomic_load(&r->working)) {
		progress(ctx, atomic_load(&r->done), r->n);
		nanosleep(&nap, NULL);
	}
}

void ahead_ask(struct ahead *x, const struct world_question *q, size_t n,
	       void (*progress)(void *ctx, size_t done, size_t total), void *ctx)
{
	struct round r = { .q = q, .n = n };
	pthread_t threads[AHEAD_THREADS];
	size_t started = 0;

	r.to = arena_zalloc(&x->arena, n * sizeof(*r.to));
	for (size_t i = 0; i < n; i++) {
		const char *key = key_of(&x->arena, q[i].command, q[i].arg, q[i].arg2);

		r.to[i] = arena_zalloc(&x->arena, sizeof(*r.to[i]));
		r.to[i]->older = x->newest;
		x->newest = r.to[i];
		*map_at(&x->answers, key) = r.to[i];
	}
	while (started < AHEAD_THREADS && started < n) {
		atomic_fetch_add(&r.working, 1);
		if (pthread_create(&threads[started], NULL, work, &r)) {
			atomic_fetch_sub(&r.working, 1);
			break;
		}
		started++;
	}
	if (started && progress)
		watch(&r, progress, ctx);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
}

int ahead_take(struct ahead *x, enum world_command c, const char *arg,
	       const char *arg2, struct arena *a, char **out, size_t *n, int *rc,
	       struct err *e)
{
	struct arena key = ARENA_INIT;
	struct answer *found = map_get(&x->answers, key_of(&key, c, arg, arg2));

	arena_clear(&key);
	if (!found || !found->given)
		return 0;
	*rc = found->rc;
	if (found->rc) {
		*e = found->e;
	} else {
		*out = arena_strndup(a, found->text, found->n);
		*n = found->n;
	}
	forget(found);
	return 1;
}
