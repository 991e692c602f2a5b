#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "http/app_exchange.h"
#include "http/identity.h"

#define REQUEST_MAX (2u << 20)	/* a body, and what tells its parts apart */
#define BUSY_S 2
#define FULL_S 600

/* ---- how often --------------------------------------------------------- */

static unsigned wait_of(const struct exchange *x, enum route_method method, bool api,
			unsigned a_minute)
{
	const struct request *rq = x->rq;
	bool session = *rq->security_token;
	const char *who = arena_printf(rq->arena, "%s%s %s",
				       identity_door_name(rq->door), session ? "+" : "", rq->login);

	if (session && (!api || (rq->door == DOOR_ADMIN && method == METHOD_GET)))
		return 0;
	return rate_take(x->app->rate, who, a_minute, io_monotonic_ms());
}

int exchange_check_rate(const struct exchange *x, enum route_kind kind,
			enum route_method method, struct response *rs, int *status,
			struct err *e)
{
	unsigned a_minute = x->rq->door == DOOR_USER ? RATE_USER :
		x->snapshot && x->snapshot->api_rate ? x->snapshot->api_rate : RATE_API;
	unsigned wait = x->rq->door == DOOR_USER ? x->rq->wait_s :
		wait_of(x, method, kind == ROUTE_API, a_minute);

	if (!wait)
		return 0;
	rs->retry_after = wait;
	*status = 429;
	return err_set(e, ERR_LIMIT, "a login may ask %u times a minute here: ask again in %u s",
		       a_minute, wait);
}

/* ---- once -------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s) + 1);
}

/* What is asked for, whichever way it was written: names in order, each text with its
 * NUL. A form's nonce is another one each time. */
static void put_request(const struct exchange *x, struct buf *b)
{
	const struct fields *f = &x->fields;
	const char *pairs[FIELDS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->pair[i].name, "nonce"))
			pairs[n++] = arena_printf(x->rq->arena, "%s=%s", f->pair[i].name,
						  f->pair[i].value);
	qsort(pairs, n, sizeof(*pairs), by_name);
	add(b, x->route->name);
	for (size_t i = 0; i < n; i++)
		add(b, pairs[i]);
	for (size_t i = 0; i < f->nlist; i++)
		add(b, f->list[i]);
}

int exchange_once(struct exchange *x, carry_out_fn *carry_out, struct response *rs,
		  int *status, struct err *e)
{
	const char *owner = arena_printf(x->rq->arena, "%s %s",
					 identity_door_name(x->rq->door), x->rq->login);
	struct buf request = BUF_INIT(REQUEST_MAX);
	struct once_turn turn;
	bool answered;
	int rc;

	put_request(x, &request);
	rc = once_begin(x->app->once, owner, x->key, request.data, request.len, &turn, rs,
			x->rq->arena, &answered, status, e);
	buf_free(&request);
	if (rc)
		rs->retry_after = *status == 503 ? BUSY_S : *status == 429 ? FULL_S : 0;
	if (rc || answered)
		return rc;
	if (turn.again)
		x->again_since = turn.begun;
	x->again_lost = turn.lost;
	rc = carry_out(x, rs, status, e);
	once_end(x->app->once, &turn, rc ? &(struct response){ .status = 503 } : rs);
	return rc;
}
