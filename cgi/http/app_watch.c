/*
 * The admin front scans by itself: every day, and after changes of the domain
 * lists in /etc (engine/watch.h), as the settings of the server say. The last scan
 * tells them; before the first one, which is somebody's own act, nothing is done.
 * It also asks the helper to end what was allowed until a day (priv/relay_trust.h),
 * at its start, so after a reboot too, and from then on.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "base/log.h"
#include "engine/watch.h"
#include "http/app_exchange.h"
#include "priv/client.h"

#define LISTS "/etc"
#define LOOK_MS 60000		/* how long a new setting or another's scan is not seen */
/* A scan that failed, as where a part is stopped, is not tried again before. */
#define AGAIN_S 300
#define TRUST_S 1800
#define LONG_AGO (INT64_MIN / 2)

/* What the last scan says of itself. */
struct last {
	bool known;
	int64_t age;		/* seconds; its time is this machine's wall clock */
	struct watch_times times;
};

static int64_t age_of(const char *when)
{
	struct tm tm = { 0 };
	const char *end = when ? strptime(when, "%Y-%m-%dT%H:%M:%SZ", &tm) : NULL;
	int64_t age = end && !*end ? (int64_t)(time(NULL) - timegm(&tm)) : 0;

	return age > 0 ? age : 0;
}

static struct last look_at_last(struct app *app)
{
	const struct snapshot *x = snapshot_take(app->store);
	struct last last = { .known = x != NULL };
	json_object *head, *server;

	if (!x)
		return last;
	head = snapshot_parse(x->head);
	snapshot_release(app->store, x);
	server = json_member(head, "server");
	last.age = age_of(json_text(server, "scanned_at"));
	last.times.every = json_number(server, "scan_every", 0);
	last.times.on_change = json_number(server, "scan_on_change", 0);
	json_object_put(head);
	return last;
}

static void take_changes(int fd, struct watch_clock *clock, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	poll(&p, 1, ms);
	if (fd >= 0 && watch_take(fd))
		watch_changed(clock, io_monotonic_ms() / 1000);
}

/* A scan by others clears the changes that came before it began. */
static void note_scan(struct watch_clock *clock, const struct last *last, int64_t now)
{
	int64_t began = now - last->age;

	if (began > clock->scanned + 1 && clock->settling <= began)
		watch_scanned(clock, began);
	else if (began > clock->scanned)
		clock->scanned = began;
}

static void start(struct app *app, const struct watch_clock *clock)
{
	struct err e;

	if (app_scan_start(app->scan, false, &e))
		log_line(LOG_LINE_INFO, "no scan by itself: %s", e.text);
	else
		log_line(LOG_LINE_INFO, "scanning by itself: %s", clock->changed ?
			 "the domain lists were changed" : "it is time");
}

/* Seconds before another try: no sooner than scans are apart. */
static int64_t pause_of(const struct watch_times *t)
{
	int64_t apart = t->on_change * WATCH_APART;

	return apart && apart < AGAIN_S ? apart : AGAIN_S;
}

/* Starts a scan when it is time, and says how long there is nothing to do: ms. */
static int look(struct app *app, struct watch_clock *clock, int64_t *tried)
{
	const struct last last = look_at_last(app);
	int64_t now = io_monotonic_ms() / 1000, due, pause;

	if (!last.known)
		return LOOK_MS;
	note_scan(clock, &last, now);
	due = watch_due(clock, &last.times, now);
	pause = *tried + pause_of(&last.times) - now;
	if (due == 0 && pause <= 0) {
		start(app, clock);
		*tried = now;
	} else if (due >= 0 && due < pause) {
		due = pause;
	}
	return due > 0 && due < LOOK_MS / 1000 ? (int)due * 1000 : LOOK_MS;
}

/* What is over is known to the helper alone. */
static void end_trust(int64_t *asked)
{
	struct priv_client c = PRIV_CLIENT_INIT;
	int64_t now = io_monotonic_ms() / 1000;
	struct priv_reply reply;
	struct err e;

	if (now - *asked < TRUST_S)
		return;
	*asked = now;
	if (priv_open(&c, &e) ||
	    priv_ask(&c, "expire_trusted", NULL, NULL, NULL, -1, &reply, NULL, &e)) {
		log_line(LOG_LINE_ERROR, "addresses whose time is over may still send: %s", e.text);
		*asked = now - TRUST_S + AGAIN_S;
	}
	priv_close(&c);
}

/* What a scan has made of it, the next look sees. */
static _Noreturn void *watch(void *ctx)
{
	struct watch_clock clock = { .scanned = LONG_AGO };
	int64_t tried = LONG_AGO, trust_asked = LONG_AGO;
	int fd = watch_open(LISTS);

	if (fd < 0)
		log_line(LOG_LINE_WARNING, "changes of the domain lists are not seen: %s",
			 strerror(errno));
	for (;;) {
		end_trust(&trust_asked);
		take_changes(fd, &clock, look(ctx, &clock, &tried));
	}
}

/* Signals are for the thread that accepts. */
void app_watch(struct app *app)
{
	sigset_t all, before;
	pthread_t thread;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&thread, NULL, watch, app);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc)
		log_line(LOG_LINE_ERROR, "it does not scan by itself: %s", strerror(rc));
	else
		pthread_detach(thread);
}
