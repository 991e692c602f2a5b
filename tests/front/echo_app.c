/* An application that says what it was asked and by whom, so that the tests of
 * accepting need no page. Queries: "sleep=MS", "big=BYTES",
 * "empty", "crash", "file". */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "http/request.h"

struct app {
	atomic_uint served;	/* shared with the children */
	atomic_uint reloads;
};

void app_reload(struct app *app)
{
	atomic_fetch_add(&app->reloads, 1);
}

void app_watch(struct app *app)
{
	(void)app;
}

struct app *app_new(const char *templates_dir, const char *state_dir)
{
	struct app *app = mmap(NULL, sizeof(*app), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	(void)templates_dir;
	(void)state_dir;
	return app != MAP_FAILED ? app : NULL;
}

static unsigned number(const char *query, const char *name)
{
	size_t n = strlen(name);

	return strncmp(query, name, n) == 0 ? (unsigned)atoi(query + n) : 0;
}

void app_handle(struct app *app, const struct request *rq, struct response *rs)
{
	static const char *const doors[] = { "admin", "reseller", "user" };

	atomic_fetch_add(&app->served, 1);
	if (strcmp(rq->query, "crash") == 0)
		abort();
	usleep(1000 * number(rq->query, "sleep="));
	rs->status = 200;
	rs->content_type = "text/plain; charset=utf-8";
	if (strcmp(rq->query, "file") == 0)
		rs->file_name = "mail.xml";
	if (strcmp(rq->query, "empty") == 0)
		return;
	buf_printf(&rs->body, "served=%u\ndoor=%s\nuid=%u\nlogin=%s\nmethod=%s\n"
		   "query=%s\ntype=%s\ntoken=%s\nfrom=%s\nticket=%s\nbody=%zu\nreloads=%u\n",
		   app->served, doors[rq->door], rq->peer.uid, rq->login,
		   rq->method, rq->query, rq->content_type, rq->security_token,
		   rq->remote_addr, rq->ticket, rq->body_len, app->reloads);
	for (unsigned n = number(rq->query, "big="); n > 0; n--)
		buf_add(&rs->body, "x", 1);
}
