#ifndef HTTP_ACCEPT_HALL_H
#define HTTP_ACCEPT_HALL_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

#include "http/accept.h"
#include "http/rate.h"

/* What http/accept shares with its two modes; nobody else includes it. */

struct seat {
	struct visit visit;	/* first: a visit is a seat to its mode */
	struct hall *hall;
	bool taken;
	pid_t child;		/* children */
	int64_t due_ms;		/* threads: when to cut it off (io_monotonic_ms) */
	bool has_thread;	/* threads: one that waits for go */
	sem_t go;
};

struct hall {
	const struct accept_mode *mode;
	visit_fn *serve;
	reload_fn *reload;
	void *ctx;
	int listener, signals;
	pthread_mutex_t lock;	/* over the seats */
	pthread_cond_t left;	/* a seat became free */
	struct seat seats[ACCEPT_IN_ALL];
	struct rate *rate;	/* children: by uid */
	int64_t complained_ms;
};

struct accept_mode {
	bool root_only;
	unsigned per_uid;
	/* Begins to serve a taken seat: 0, or -1 and the seat is as it was. */
	int (*start)(struct hall *h, struct seat *s);
	/* Called after every wake: does what is due. Returns for how long poll
	 * may sleep, in ms; -1 for ever. */
	int (*tend)(struct hall *h);
	/* Waits for those seated, ACCEPT_GRACE_MS at most, and ends the rest: true
	 * when nobody has the hall any more. */
	bool (*close)(struct hall *h);
};

bool hall_is_empty(const struct hall *h);

#endif
