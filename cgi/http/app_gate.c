#include <string.h>

#include "base/text.h"
#include "http/app_gate.h"

#define BODY_MAX (1u << 20)	/* as the doors take; a text to explain */
#define TOKEN_MAX 128

static int refuse(int *status, int how)
{
	*status = how;
	return -1;
}

/* "" or "/cpsess…" as the panel makes it. */
static bool is_token(const char *s)
{
	if (!*s)
		return true;
	if (*s++ != '/' || strlen(s) > TOKEN_MAX)
		return false;
	for (; *s; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
		      (*s >= '0' && *s <= '9')))
			return false;
	return true;
}

/* The scheme is the panel's affair: what counts is that host and port are. */
static bool same_origin(const struct request *rq)
{
	const char *host = rq->origin;

	if (!*rq->origin)
		return true;
	if (!strncmp(host, "https://", 8))
		host += 8;
	else if (!strncmp(host, "http://", 7))
		host += 7;
	else
		return false;
	return *rq->host && !strcasecmp(host, rq->host);
}

static bool comes_from_here(const struct request *rq)
{
	return same_origin(rq) && (!*rq->sec_fetch_site ||
				   !strcmp(rq->sec_fetch_site, "same-origin"));
}

static int check_sender(const struct request *rq, int *status, struct err *e)
{
	bool json = !strcmp(rq->content_type, "application/json");

	if (!comes_from_here(rq)) {
		err_set(e, ERR_DENIED, "a change asked for by another site is refused");
		return refuse(status, 403);
	}
	if (!*rq->security_token && !json) {
		err_set(e, ERR_DENIED,
			"outside a panel's session a change is sent as exactly Content-Type: application/json");
		return refuse(status, 403);
	}
	if (!json && strncmp(rq->content_type, "application/x-www-form-urlencoded", 33)) {
		err_set(e, ERR_INPUT, "a form or application/json is expected here");
		return refuse(status, 415);
	}
	return 0;
}

static int take_method(const char *word, enum route_method *method)
{
	static const struct {
		const char *word;
		enum route_method method;
	} known[] = {
		{ "GET", METHOD_GET }, { "HEAD", METHOD_GET }, { "POST", METHOD_POST },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!strcmp(known[i].word, word)) {
			*method = known[i].method;
			return 0;
		}
	return -1;
}

int app_gate(const struct request *rq, enum route_method *method, int *status,
	     struct err *e)
{
	if (!text_is_account(rq->login) || !is_token(rq->security_token)) {
		err_set(e, ERR_DENIED, "nobody is logged in");
		return refuse(status, 403);
	}
	if (take_method(rq->method, method)) {
		err_set(e, ERR_INPUT, "the method is neither GET nor POST");
		return refuse(status, 405);
	}
	if (rq->body_len > BODY_MAX) {
		err_set(e, ERR_LIMIT, "the request's body is larger than %u KiB",
			BODY_MAX >> 10);
		return refuse(status, 413);
	}
	return *method == METHOD_POST ? check_sender(rq, status, e) : 0;
}
