#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/parallel.h"

struct work {
	void (*each)(void *ctx, size_t i, unsigned thread);
	void *ctx;
	size_t n;
	atomic_size_t next;
};

struct hand {
	struct work *work;
	pthread_t id;
	unsigned thread;
	bool started;
};

unsigned parallel_threads(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > PARALLEL_MAX ? PARALLEL_MAX : (unsigned)n;
}

static void *run(void *arg)
{
	struct hand *h = arg;
	struct work *w = h->work;
	size_t i;

	while ((i = atomic_fetch_add(&w->next, 1)) < w->n)
		w->each(w->ctx, i, h->thread);
	return NULL;
}

void parallel_run(size_t n, void (*each)(void *ctx, size_t i, unsigned thread), void *ctx)
{
	struct work w = { .each = each, .ctx = ctx, .n = n };
	struct hand hands[PARALLEL_MAX] = { { .work = &w } };
	unsigned most = parallel_threads();

	for (unsigned t = 1; t < most && t < n; t++) {
		hands[t] = (struct hand){ .work = &w, .thread = t };
		hands[t].started = !pthread_create(&hands[t].id, NULL, run, &hands[t]);
	}
	run(&hands[0]);
	for (unsigned t = 1; t < most && t < n; t++)
		if (hands[t].started)
			pthread_join(hands[t].id, NULL);
}
