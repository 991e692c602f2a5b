#include "base/arena.h"
#include "base/json.h"
#include "http/problem.h"

const struct problem problems[] = {
	{ 400, "input", "The request is not understood" },
	{ 403, "denied", "This login may not do that here" },
	{ 404, "not_found", "There is nothing of that name, or not for this login" },
	{ 405, "method", "The call wants the other method" },
	{ 409, "stale", "The server is not in the state that the request is about" },
	{ 413, "too_large", "The request or its answer is too large" },
	{ 415, "content_type", "The body is neither a form nor JSON" },
	{ 422, "key_reused", "The idempotency key belongs to another request" },
	{ 429, "too_many", "Too many requests" },
	{ 500, "internal", "A fault of Relay Doctor's" },
	{ 503, "unavailable", "Something that is needed does not answer now" },
	{ 0, NULL, NULL }
};

static const struct problem *problem_of(int status)
{
	const struct problem *p = problems, *internal = p;

	for (; p->code; p++) {
		if (p->status == status)
			return p;
		if (p->status == 500)
			internal = p;
	}
	return internal;
}

void problem_put(json_object *o, int status, const char *detail)
{
	const struct problem *p = problem_of(status);
	struct arena a = ARENA_INIT;

	json_put_text(o, "type", arena_printf(&a, "?api=v1/openapi#/data/x-problems/%s",
					      p->code));
	json_put_text(o, "title", p->title);
	json_put_number(o, "status", status);
	json_put_text(o, "detail", detail);
	json_put_text(o, "code", p->code);
	arena_clear(&a);
}
