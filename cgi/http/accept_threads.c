#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "http/accept_hall.h"

static void thread_is_whole(struct visit *v)
{
	struct seat *s = (struct seat *)v;

	pthread_mutex_lock(&s->hall->lock);
	s->due_ms = io_monotonic_ms() + ACCEPT_UNTIL_DONE_S * 1000;
	pthread_mutex_unlock(&s->hall->lock);
}

/* The descriptor goes under the lock, so that the acceptor never shuts down a
 * number that already means another connection. */
static void leave(struct hall *h, struct seat *s)
{
	pthread_mutex_lock(&h->lock);
	close(s->visit.fd);
	s->taken = false;
	pthread_cond_signal(&h->left);
	pthread_mutex_unlock(&h->lock);
}

static _Noreturn void *seat_thread(void *arg)
{
	struct seat *s = arg;
	struct hall *h = s->hall;

	for (;;) {
		while (sem_wait(&s->go) != 0)
			;
		s->visit.whole = thread_is_whole;
		h->serve(h->ctx, &s->visit);
		leave(h, s);
	}
}

/* A seat keeps its thread: making one takes longer than serving a page. */
static int threads_start(struct hall *h, struct seat *s)
{
	pthread_t thread;

	(void)h;
	if (!s->has_thread) {
		sem_init(&s->go, 0, 0);
		if (pthread_create(&thread, NULL, seat_thread, s) != 0)
			return -1;
		pthread_detach(thread);
		s->has_thread = true;
	}
	sem_post(&s->go);
	return 0;
}

/* A shut connection reads as ended and writes as broken: its thread comes back
 * by itself. */
static void cut_off(struct seat *s)
{
	shutdown(s->visit.fd, SHUT_RDWR);
	s->due_ms = INT64_MAX;
}

static int threads_tend(struct hall *h)
{
	int64_t now = io_monotonic_ms(), next = INT64_MAX;

	pthread_mutex_lock(&h->lock);
	for (struct seat *s = h->seats; s < h->seats + ACCEPT_IN_ALL; s++) {
		if (s->taken && s->due_ms <= now)
			cut_off(s);
		if (s->taken && s->due_ms < next)
			next = s->due_ms;
	}
	pthread_mutex_unlock(&h->lock);
	return next == INT64_MAX ? -1 : (int)(next - now);
}

/* A thread that is still at work, or waits for some, keeps the hall until the
 * process ends. */
static bool threads_close(struct hall *h)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ACCEPT_GRACE_MS / 1000;
	pthread_mutex_lock(&h->lock);
	while (!hall_is_empty(h) &&
	       pthread_cond_timedwait(&h->left, &h->lock, &until) != ETIMEDOUT)
		;
	for (struct seat *s = h->seats; s < h->seats + ACCEPT_IN_ALL; s++)
		if (s->taken)
			cut_off(s);
	pthread_mutex_unlock(&h->lock);
	return false;
}

const struct accept_mode accept_by_threads = {
	.root_only = true,
	.per_uid = ACCEPT_IN_ALL,
	.start = threads_start,
	.tend = threads_tend,
	.close = threads_close,
};
