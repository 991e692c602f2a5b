#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/log.h"
#include "engine/bulk.h"
#include "http/app_bulk.h"

#define WORKS_MAX 16		/* kept; those at work are some of them */
#define AT_WORK_MAX 3		/* of the six that the scan service takes at a time … */
#define RESELLERS_AT_WORK 1	/* … and resellers shall never have them all */
#define FRESH_S 20		/* asked again, a whole preview is not made again */
#define SEEN_MAX 8
#define LOOK_MS 500

/* All texts are malloc'ed: threads share no JSON object. */
struct work {
	struct app_bulk *b;
	enum door door;
	char login[80];
	char *findings, *digest;	/* digest NULL: a preview alone */
	struct priv_client client;
	bool running, failed, whole;
	bool given;		/* since it ended */
	char phase[16];
	int64_t done, total;
	char *plan;
	char job[32];
	struct err e;
	time_t ended;
	unsigned users;		/* the table and the thread */
};

struct seen {
	char job[32];
	char *findings;
};

struct app_bulk {
	struct snapshot_store *store;
	pthread_mutex_t lock;		/* over all that follows */
	pthread_cond_t changed;
	struct work *works[WORKS_MAX];
	struct seen seen[SEEN_MAX];
	unsigned next_seen, threads;
	bool ending;
};

/* ---- life -------------------------------------------------------------- */

struct app_bulk *app_bulk_new(struct snapshot_store *store)
{
	struct app_bulk *b = calloc(1, sizeof(*b));
	pthread_condattr_t attr;

	if (!b || pthread_mutex_init(&b->lock, NULL) || pthread_condattr_init(&attr) ||
	    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) ||
	    pthread_cond_init(&b->changed, &attr))
		abort();
	pthread_condattr_destroy(&attr);
	b->store = store;
	return b;
}

/* The lock is held. */
static void drop(struct work *w)
{
	if (!w || --w->users)
		return;
	free(w->findings);
	free(w->digest);
	free(w->plan);
	free(w);
}

void app_bulk_free(struct app_bulk *b)
{
	if (!b)
		return;
	pthread_mutex_lock(&b->lock);
	b->ending = true;
	while (b->threads)
		pthread_cond_wait(&b->changed, &b->lock);
	for (size_t i = 0; i < WORKS_MAX; i++)
		drop(b->works[i]);
	for (size_t i = 0; i < SEEN_MAX; i++)
		free(b->seen[i].findings);
	pthread_mutex_unlock(&b->lock);
	pthread_cond_destroy(&b->changed);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

static char *keep_text(const char *s)
{
	char *copy = s ? strdup(s) : NULL;

	if (s && !copy)
		abort();
	return copy;
}

static char *keep(json_object *o)
{
	return o ? keep_text(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN)) :
		NULL;
}

static json_object *parsed(const char *text)
{
	return text ? snapshot_parse(slice_of(text)) : NULL;
}

static int start_thread(void *(*run)(void *), void *ctx, struct err *e)
{
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&thread, &attr, run, ctx);
	pthread_attr_destroy(&attr);
	return rc ? err_set(e, ERR_UNAVAILABLE, "no thread for it: %s", strerror(rc)) : 0;
}

/* ---- after a job ------------------------------------------------------- */

static void note_seen(struct app_bulk *b, const char *job, json_object *findings)
{
	struct seen *s;

	pthread_mutex_lock(&b->lock);
	s = &b->seen[b->next_seen++ % SEEN_MAX];
	free(s->findings);
	s->findings = keep(findings);
	strncpy(s->job, job, sizeof(s->job) - 1);
	pthread_mutex_unlock(&b->lock);
}

json_object *app_bulk_seen(struct app_bulk *b, const char *job)
{
	json_object *found = NULL;

	pthread_mutex_lock(&b->lock);
	for (size_t i = 0; i < SEEN_MAX && !found; i++)
		if (!strcmp(b->seen[i].job, job))
			found = parsed(b->seen[i].findings);
	pthread_mutex_unlock(&b->lock);
	return found;
}

/* What was seen before an undo is no more. */
static void forget_seen(struct app_bulk *b, const char *job)
{
	pthread_mutex_lock(&b->lock);
	for (size_t i = 0; i < SEEN_MAX; i++)
		if (!strcmp(b->seen[i].job, job))
			*b->seen[i].job = '\0';
	pthread_mutex_unlock(&b->lock);
}

static bool is_ending(struct app_bulk *b)
{
	bool ending;

	pthread_mutex_lock(&b->lock);
	ending = b->ending;
	pthread_mutex_unlock(&b->lock);
	return ending;
}

/* The job when it has ended; NULL: that cannot be known. */
static json_object *await_end(struct app_bulk *b, const char *id)
{
	const struct timespec nap = { .tv_nsec = LOOK_MS * 1000000L };
	json_object *job;
	struct err e;

	for (;;) {
		struct priv_client c = PRIV_CLIENT_INIT;
		int rc = priv_open(&c, &e) ? -1 : bulk_job(&c, id, &job, &e);

		priv_close(&c);
		if (rc) {
			log_line(LOG_LINE_WARNING, "job %s: %s", id, e.text);
			return NULL;
		}
		if (json_flag(job, "running") != 1)
			return job;
		json_object_put(job);
		if (is_ending(b))
			return NULL;
		nanosleep(&nap, NULL);
	}
}

static void watch(struct app_bulk *b, const char *id)
{
	json_object *job = await_end(b, id), *names, *report, *list;
	struct err e;

	if (!job)
		return;
	if (bulk_look(job, &names, &report, &e)) {
		log_line(LOG_LINE_WARNING, "job %s: its domains were not read again: %s",
			 id, e.text);
	} else {
		list = json_member(report, "findings");
		note_seen(b, id, list);
		if (snapshot_put_domains(b->store, names, list, &e))
			log_line(LOG_LINE_WARNING, "job %s: %s", id, e.text);
		json_object_put(names);
		json_object_put(report);
	}
	json_object_put(job);
}

static void thread_ended(struct app_bulk *b)
{
	pthread_mutex_lock(&b->lock);
	b->threads--;
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->lock);
}

struct watched {
	struct app_bulk *b;
	char job[32];
};

static void *watch_alone(void *ctx)
{
	struct watched *x = ctx;

	watch(x->b, x->job);
	thread_ended(x->b);
	free(x);
	return NULL;
}

void app_bulk_watch(struct app_bulk *b, const char *job)
{
	struct watched *x = calloc(1, sizeof(*x));
	struct err e;

	if (!x)
		abort();
	forget_seen(b, job);
	x->b = b;
	strncpy(x->job, job, sizeof(x->job) - 1);
	pthread_mutex_lock(&b->lock);
	b->threads++;
	pthread_mutex_unlock(&b->lock);
	if (!start_thread(watch_alone, x, &e))
		return;
	log_line(LOG_LINE_WARNING, "job %s: %s", job, e.text);
	thread_ended(b);
	free(x);
}

/* ---- one piece of work ------------------------------------------------- */

static void take_progress(void *ctx, json_object *o)
{
	struct work *w = ctx;
	const char *phase = json_text(o, "phase");

	pthread_mutex_lock(&w->b->lock);
	strncpy(w->phase, phase ? phase : "", sizeof(w->phase) - 1);
	w->done = json_number(o, "done", 0);
	w->total = json_number(o, "total", 0);
	pthread_mutex_unlock(&w->b->lock);
}

static void end_work(struct work *w, int rc, json_object *plan,
		     const char job[32], const struct err *e)
{
	pthread_mutex_lock(&w->b->lock);
	w->running = false;
	w->failed = rc != 0;
	w->plan = keep(plan);
	w->whole = json_flag(plan, "whole") == 1;
	w->e = *e;
	w->ended = time(NULL);
	memcpy(w->job, job, sizeof(w->job));
	pthread_cond_broadcast(&w->b->changed);
	pthread_mutex_unlock(&w->b->lock);
}

static void *work(void *ctx)
{
	struct work *w = ctx;
	struct app_bulk *b = w->b;
	json_object *findings = parsed(w->findings), *plan = NULL;
	struct err e = { .code = ERR_NONE, .text = "" };
	char job[32] = "";
	int rc = w->digest ?
		bulk_apply(&w->client, findings, w->digest, take_progress, w, job, &plan, &e) :
		bulk_preview(findings, take_progress, w, &plan, &e);

	priv_close(&w->client);
	end_work(w, rc, plan, job, &e);
	json_object_put(plan);
	json_object_put(findings);
	if (*job)
		watch(b, job);
	pthread_mutex_lock(&b->lock);
	drop(w);
	pthread_mutex_unlock(&b->lock);
	thread_ended(b);
	return NULL;
}

/* ---- the table of works; the lock is held ------------------------------- */

static struct work **place_of(struct app_bulk *b, const struct bulk_who *who)
{
	struct work **oldest = NULL;

	for (size_t i = 0; i < WORKS_MAX; i++) {
		struct work **at = &b->works[i];

		if (*at && (*at)->door == who->door && !strcmp((*at)->login, who->login))
			return at;
		if (!*at || (!(*at)->running && (!oldest || (*oldest &&
		    (*at)->ended < (*oldest)->ended))))
			oldest = at;
	}
	return oldest;
}

static struct work *work_of(struct app_bulk *b, const struct bulk_who *who)
{
	struct work **at = place_of(b, who);
	struct work *w = at ? *at : NULL;

	return w && w->door == who->door && !strcmp(w->login, who->login) ? w : NULL;
}

static bool is_same(const struct work *w, const char *findings, const char *digest)
{
	return !strcmp(w->findings, findings) && !w->digest == !digest &&
		(!digest || !strcmp(w->digest, digest));
}

static int check_room(const struct app_bulk *b, const struct bulk_who *who,
		      struct err *e)
{
	unsigned all = 0, resellers = 0;

	for (size_t i = 0; i < WORKS_MAX; i++)
		if (b->works[i] && b->works[i]->running) {
			all++;
			resellers += b->works[i]->door == DOOR_RESELLER;
		}
	if (all < AT_WORK_MAX && (who->door != DOOR_RESELLER ||
				  resellers < RESELLERS_AT_WORK))
		return 0;
	return err_set(e, ERR_UNAVAILABLE, "others look at many domains just now: try again in a moment");
}

static struct work *begin(struct app_bulk *b, const struct bulk_who *who,
			  const char *findings, struct priv_client *c,
			  const char *digest, struct err *e)
{
	struct work **at = place_of(b, who), *w;

	if (check_room(b, who, e))
		return NULL;
	w = calloc(1, sizeof(*w));
	if (!w)
		abort();
	*w = (struct work){ .b = b, .door = who->door, .running = true, .users = 2,
		.client = c ? *c : (struct priv_client)PRIV_CLIENT_INIT,
		.findings = keep_text(findings), .digest = keep_text(digest) };
	strncpy(w->login, who->login, sizeof(w->login) - 1);
	if (start_thread(work, w, e)) {
		w->users = 1;
		drop(w);
		return NULL;
	}
	if (c)
		c->fd = -1;
	b->threads++;
	drop(*at);
	return *at = w;
}

/* What somebody did not answer for is told once to who has waited for it: asked
 * again, it is looked at again. */
static bool is_kept(const struct work *w)
{
	return !w->digest && !w->failed && (w->whole || !w->given) &&
		time(NULL) - w->ended < FRESH_S;
}

/* The work that is asked for: joined, or begun. */
static struct work *enter(struct app_bulk *b, const struct bulk_who *who,
			  const char *findings, struct priv_client *c,
			  const char *digest, struct err *e)
{
	struct work *w = work_of(b, who);
	bool same = w && is_same(w, findings, digest);

	if (same && (w->running || is_kept(w)))
		return w;
	if (w && w->running) {
		err_set(e, ERR_STALE, "another selection of this login is being looked at: wait for it");
		return NULL;
	}
	return begin(b, who, findings, c, digest, e);
}

static json_object *view(struct work *w)
{
	json_object *o = json_object_new_object();

	w->given = !w->running;
	json_put_text(o, "state", w->running ? (w->digest ? "applying" : "planning") :
		      w->failed ? "failed" : w->digest ? "begun" : "ready");
	json_put_text(o, "phase", w->running && *w->phase ? w->phase : NULL);
	json_put_number(o, "done", w->done);
	json_put_number(o, "total", w->running ? w->total : 0);
	json_object_object_add(o, "plan", parsed(w->plan));
	json_put_text(o, "job", *w->job ? w->job : NULL);
	json_put_text(o, "error", w->failed ? w->e.text : NULL);
	return o;
}

/* Waits with the lock held, which others have meanwhile. */
static void wait_for(struct app_bulk *b, const struct work *w, int wait_ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += wait_ms / 1000;
	until.tv_nsec += wait_ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	while (w->running && !pthread_cond_timedwait(&b->changed, &b->lock, &until))
		;
}

static int take_part(struct app_bulk *b, const struct bulk_who *who,
		     json_object *findings, struct priv_client *c,
		     const char *digest, int wait_ms, json_object **out,
		     struct err *e)
{
	struct work *w;
	int rc = -1;

	pthread_mutex_lock(&b->lock);
	w = enter(b, who, json_object_to_json_string_ext(findings,
			JSON_C_TO_STRING_PLAIN), c, digest, e);
	if (w) {
		w->users++;	/* it may be replaced while we wait */
		wait_for(b, w, wait_ms);
		rc = !w->running && w->failed ? -1 : 0;
		if (rc)
			*e = w->e;
		else
			*out = view(w);
		drop(w);
	}
	pthread_mutex_unlock(&b->lock);
	return rc;
}

int app_bulk_plan(struct app_bulk *b, const struct bulk_who *who,
		  json_object *findings, int wait_ms, json_object **out,
		  struct err *e)
{
	return take_part(b, who, findings, NULL, NULL, wait_ms, out, e);
}

int app_bulk_apply(struct app_bulk *b, const struct bulk_who *who,
		   struct priv_client *c, json_object *findings,
		   const char *digest, int wait_ms, json_object **out,
		   struct err *e)
{
	int rc = take_part(b, who, findings, c, digest, wait_ms, out, e);

	priv_close(c);	/* unless a thread has it now */
	return rc;
}

json_object *app_bulk_view(struct app_bulk *b, const struct bulk_who *who)
{
	json_object *o = NULL;
	struct work *w;

	pthread_mutex_lock(&b->lock);
	w = work_of(b, who);
	if (w)
		o = view(w);
	pthread_mutex_unlock(&b->lock);
	return o;
}
