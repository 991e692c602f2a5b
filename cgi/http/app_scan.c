#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/log.h"
#include "engine/ask.h"
#include "http/app_scan.h"
#include "render/view.h"

static const char *const numbers[] = { "done", "total", "critical", "warning" };

#define NNUMBERS (sizeof(numbers) / sizeof(*numbers))
#define NASKED 2	/* of them, every progress tells */

/* Of a finding of a first look. */
static const char *const members[] = { "id", "severity", "text" };

#define FOUND_MAX 20
#define TEXT_MAX 1024

struct app_scan {
	struct snapshot_store *store;
	pthread_mutex_t lock;		/* over all that follows */
	bool running, failed, fresh;
	char phase[16];
	int64_t number[NNUMBERS];	/* -1: not known */
	char *found;			/* of the last first look, as JSON text; or NULL */
	int64_t started;
	struct err e;
};

struct app_scan *app_scan_new(struct snapshot_store *store)
{
	struct app_scan *s = calloc(1, sizeof(*s));

	if (!s || pthread_mutex_init(&s->lock, NULL))
		abort();
	s->store = store;
	return s;
}

void app_scan_free(struct app_scan *s)
{
	if (s) {
		pthread_mutex_destroy(&s->lock);
		free(s->found);
	}
	free(s);
}

/* No more than is shown, and each as it is shown: it is kept while all look at it. */
static char *take_findings(json_object *list)
{
	json_object *few = json_object_new_array();
	char *text;

	for (size_t i = 0; i < json_count(list) && i < FOUND_MAX; i++) {
		json_object *in = json_object_array_get_idx(list, i);
		json_object *one = json_object_new_object();

		for (size_t m = 0; m < sizeof(members) / sizeof(*members); m++) {
			const char *s = json_text(in, members[m]);

			json_put_text(one, members[m], s && strlen(s) < TEXT_MAX ? s : "");
		}
		json_object_array_add(few, one);
	}
	text = strdup(json_object_to_json_string_ext(few, JSON_C_TO_STRING_PLAIN));
	json_object_put(few);
	if (!text)
		abort();
	return text;
}

/* What a first look found stays until the next one; the other numbers change. */
static void take_progress(void *ctx, json_object *o)
{
	struct app_scan *s = ctx;
	const char *phase = json_text(o, "phase");
	json_object *found = json_member(o, "findings");
	char *old = NULL, *text = found ? take_findings(found) : NULL;

	pthread_mutex_lock(&s->lock);
	strncpy(s->phase, phase ? phase : "", sizeof(s->phase) - 1);
	for (size_t i = 0; i < NNUMBERS; i++)
		if (found || i < NASKED)
			s->number[i] = json_number(o, numbers[i], -1);
	if (text) {
		old = s->found;
		s->found = text;
	}
	pthread_mutex_unlock(&s->lock);
	free(old);
}

static int scan(struct app_scan *s, struct err *e)
{
	json_object *request = json_object_new_object(), *result = NULL;
	int rc;

	json_put_text(request, "op", "scan");
	json_put_flag(request, "fresh", s->fresh);
	json_put_flag(request, "domain_rows", 1);
	rc = scan_ask(request, take_progress, s, &result, e);
	if (!rc)
		rc = snapshot_put(s->store, result, e);
	json_object_put(result);
	json_object_put(request);
	return rc;
}

static void *work(void *ctx)
{
	struct app_scan *s = ctx;
	struct err e = { .code = ERR_NONE };
	int rc = scan(s, &e);

	if (rc)
		log_line(LOG_LINE_ERROR, "scan: %s", e.text);
	pthread_mutex_lock(&s->lock);
	s->running = false;
	s->failed = rc != 0;
	s->e = e;
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* Takes the one place; false when it is taken. */
static bool begin(struct app_scan *s, bool fresh)
{
	bool mine;

	pthread_mutex_lock(&s->lock);
	mine = !s->running;
	if (mine) {
		s->running = true;
		s->failed = false;
		s->fresh = fresh;
		s->started = time(NULL);
		*s->phase = '\0';
		free(s->found);
		s->found = NULL;
		for (size_t i = 0; i < NNUMBERS; i++)
			s->number[i] = -1;
	}
	pthread_mutex_unlock(&s->lock);
	return mine;
}

int app_scan_start(struct app_scan *s, bool fresh, struct err *e)
{
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	if (!begin(s, fresh))
		return err_set(e, ERR_STALE, "a scan is running already");
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&thread, &attr, work, s);
	pthread_attr_destroy(&attr);
	if (!rc)
		return 0;
	pthread_mutex_lock(&s->lock);
	s->running = false;
	pthread_mutex_unlock(&s->lock);
	return err_set(e, ERR_UNAVAILABLE, "no thread for the scan: %s", strerror(rc));
}

static json_object *view_found(const struct app_scan *s)
{
	return s->running && s->found ? snapshot_parse(slice_of(s->found)) : NULL;
}

json_object *app_scan_view(struct app_scan *s, bool all)
{
	json_object *o = json_object_new_object();

	pthread_mutex_lock(&s->lock);
	json_object_object_add(o, "findings", all ? view_found(s) : NULL);
	json_put_text(o, "state", s->running ? "running" : s->failed ? "failed" : "idle");
	json_put_text(o, "phase", s->running && *s->phase ? s->phase : NULL);
	for (size_t i = 0; i < NNUMBERS; i++)
		json_object_object_add(o, numbers[i], s->running && s->number[i] >= 0 &&
				       (all || i < NASKED) ?
				       json_object_new_int64(s->number[i]) : NULL);
	json_object_object_add(o, "started_at", view_time(s->started));
	json_put_text(o, "error", s->failed ? s->e.text : NULL);
	pthread_mutex_unlock(&s->lock);
	return o;
}
