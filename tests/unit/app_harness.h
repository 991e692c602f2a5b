#ifndef TESTS_APP_HARNESS_H
#define TESTS_APP_HARNESS_H

/* An app over app_fakes.h and requests to it, for the test programs that ask it
 * something. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "app_fakes.h"
#include "http/app_exchange.h"

#define FORM "application/x-www-form-urlencoded"
#define JSON "application/json"
static struct arena arena;
static struct app *made[8];	/* by the test that runs */

struct asked {
	enum door door;
	const char *login, *method, *query, *type, *body, *token, *origin, *site;
	const char *ticket;
};

static inline struct response ask(struct app *app, const struct asked *q)
{
	const struct request rq = {
		.arena = &arena, .door = q->door, .login = q->login ? q->login : "root",
		.method = q->method ? q->method : "GET",
		.query = q->query ? q->query : "",
		.content_type = q->type ? q->type : "",
		.security_token = q->token ? q->token : "",
		.remote_addr = "198.51.100.7", .host = "panel.example:2087",
		.origin = q->origin ? q->origin : "",
		.sec_fetch_site = q->site ? q->site : "",
		.ticket = q->ticket ? q->ticket : "ticket",
		.body = q->body ? q->body : "",
		.body_len = q->body ? strlen(q->body) : 0,
	};
	struct response rs = { .body = BUF_INIT(16u << 20) };

	*fakes.log = '\0';
	app_handle(app, &rq, &rs);
	if (!rs.body.data)
		buf_puts(&rs.body, "");
	return rs;
}

static inline int status(struct app *app, const struct asked *q)
{
	struct response rs = ask(app, q);

	buf_free(&rs.body);
	return rs.status;
}

static inline const char *nonce(struct app *app, enum door door, const char *login,
			 const char *act)
{
	const struct nonce_for x = { login, door, TOKEN, act };
	char text[NONCE_TEXT];

	nonce_make(app->key, &x, time(NULL) + 60, text);
	return arena_strdup(&arena, text);
}

static inline struct app *app_in(const char *state_dir)
{
	struct app *app = app_new("templates", state_dir);
	size_t i = 0;

	assert_non_null(app);
	app_be_strict(app);
	while (made[i])
		i++;
	return made[i] = app;
}

static inline struct app *app_with(const char *findings)
{
	struct app *app = app_in(NULL);
	struct err e;

	if (findings) {
		json_object *o = fake_json(findings);

		assert_int_equal(snapshot_put(app->store, o, &e), 0);
		json_object_put(o);
	}
	return app;
}

static inline int begin(void **state)
{
	memset(&fakes, 0, sizeof(fakes));
	*state = app_with(fake_findings);
	return 0;
}

static inline int end(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++) {
		app_free(made[i]);
		made[i] = NULL;
	}
	arena_clear(&arena);
	return 0;
}

static inline json_object *data_of(struct app *app, const struct asked *q)
{
	struct response rs = ask(app, q);
	json_object *o = fake_json(rs.body.data), *data = json_member(o, "data");

	assert_int_equal(rs.status, 200);
	assert_int_equal(json_number(json_member(o, "metadata"), "result", -1), 1);
	assert_int_equal(json_number(json_member(o, "metadata"), "version", -1), 1);
	json_object_get(data);
	json_object_put(o);
	buf_free(&rs.body);
	return data;
}

/* Until no scan runs. */
static inline void wait_for_scan(struct app *app)
{
	const struct timespec pause = { .tv_nsec = 5000000 };
	bool running = true;

	for (int i = 0; i < 1000 && running; i++) {
		json_object *o = app_scan_view(app->scan, true);

		running = !strcmp(json_text(o, "state"), "running");
		json_object_put(o);
		nanosleep(&pause, NULL);
	}
	assert_false(running);
}

static inline bool looks(struct app *app, const struct asked *q, int status_,
			 const char *text, bool there)
{
	struct response rs = ask(app, q);
	bool fits = rs.status == status_ && !strstr(rs.body.data, text) == !there;

	if (!fits)
		print_error("%d: %.900s\n", rs.status, rs.body.data);
	buf_free(&rs.body);
	return fits;
}

static inline bool says(struct app *app, const struct asked *q, int status_, const char *text)
{
	return looks(app, q, status_, text, true);
}

static inline bool says_not(struct app *app, const struct asked *q, int status_, const char *text)
{
	return looks(app, q, status_, text, false);
}

static inline size_t findings_left(struct app *app)
{
	const struct asked q = { .query = "api=v1/findings" };
	json_object *data = data_of(app, &q);
	size_t n = json_count(json_member(data, "findings"));

	json_object_put(data);
	return n;
}

#endif
