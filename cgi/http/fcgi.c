#include "http/fcgi.h"

#include <fcgiapp.h>
#include <fastcgi.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "http/identity.h"

/* Everything that a page of ours may load comes from beside it, and it is
 * framed by the panel alone. With "no-referrer" browsers would send a form's
 * Origin as "null"; the panel's session token in the address stays here. */
static const char fixed_headers[] =
	"Cache-Control: no-store\r\n"
	"X-Content-Type-Options: nosniff\r\n"
	"X-Frame-Options: SAMEORIGIN\r\n"
	"Referrer-Policy: same-origin\r\n";

static const char strict_policy[] =
	"Content-Security-Policy: default-src 'none'; script-src 'self'; "
	"style-src 'self'; img-src 'self'; connect-src 'self'; "
	"form-action 'self'; base-uri 'none'; frame-ancestors 'self'\r\n";

/* cPanel's frame around a page has scripts and styles of its own in it, and
 * fetches nothing from elsewhere that the page would miss. */
static const char framed_policy[] =
	"Content-Security-Policy: default-src 'none'; "
	"script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
	"style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
	"font-src 'self' data:; connect-src 'self'; frame-src 'self'; "
	"form-action 'self'; base-uri 'self'; frame-ancestors 'self'\r\n";

static const struct reason {
	int status;
	const char *text;
	const char *refusal;	/* what fcgi_refuse says */
} reasons[] = {
	{ 200, "OK", NULL },
	{ 400, "Bad Request", "the request is not whole" },
	{ 403, "Forbidden", "this is for the accounts of this server" },
	{ 404, "Not Found", NULL },
	{ 405, "Method Not Allowed", NULL },
	{ 409, "Conflict", NULL },
	{ 413, "Content Too Large", NULL },
	{ 415, "Unsupported Media Type", NULL },
	{ 422, "Unprocessable Content", NULL },
	{ 429, "Too Many Requests", NULL },
	{ 500, "Internal Server Error", NULL },
	{ 503, "Service Unavailable",
	  "too many requests at once; try again in a moment" },
};

static const struct reason *reason_of(int status)
{
	static const struct reason other = { 0, "Other", "refused" };

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i].status == status)
			return &reasons[i];
	return &other;
}

static FCGI_Header record_head(int type, size_t n)
{
	return (FCGI_Header){
		.version = FCGI_VERSION_1,
		.type = (unsigned char)type,
		.requestIdB0 = 1,	/* the only one of a door's connection */
		.contentLengthB1 = (unsigned char)(n >> 8),
		.contentLengthB0 = (unsigned char)n,
	};
}

static void add_record(struct buf *b, int type, const void *p, size_t n)
{
	FCGI_Header head = record_head(type, n);

	buf_add(b, &head, sizeof(head));
	buf_add(b, p, n);
}

void fcgi_refuse(int fd, int status)
{
	static const FCGI_EndRequestBody end = {
		.protocolStatus = FCGI_REQUEST_COMPLETE,
	};
	const struct reason *why = reason_of(status);
	struct buf text = BUF_INIT(1024), answer = BUF_INIT(2048);

	buf_printf(&text, "Status: %d %s\r\n"
		   "Content-Type: text/plain; charset=utf-8\r\n%s%s"
		   "\r\nRelay Doctor: %s\n",
		   status, why->text, fixed_headers, strict_policy, why->refusal);
	add_record(&answer, FCGI_STDOUT, text.data, text.len);
	add_record(&answer, FCGI_STDOUT, "", 0);
	add_record(&answer, FCGI_END_REQUEST, &end, sizeof(end));
	send(fd, answer.data, answer.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	buf_free(&text);
	buf_free(&answer);
}

/* The one place where a parameter is looked up: "" when it is absent. */
static const char *param(const FCGX_Request *r, const char *name)
{
	const char *value = FCGX_GetParam(name, r->envp);

	return value != NULL ? value : "";
}

/*
 * Lets libfcgi read the parameters from a descriptor of its own, for it closes
 * it where and when it likes. Detached, closing is just that: otherwise it
 * would first read, for as long as the client cares to send.
 */
static int receive(FCGX_Request *r, int fd)
{
	FCGX_InitRequest(r, -1, FCGI_FAIL_ACCEPT_ON_INTR);
	r->ipcFd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	r->keepConnection = 1;
	if (FCGX_Detach(r) != 0)	/* it has no descriptor */
		return 503;
	if (FCGX_Accept_r(r) != 0 || FCGX_GetError(r->in) != 0 ||
	    r->role != FCGI_RESPONDER || strcmp(param(r, "RD_END"), "1") != 0)
		return 400;
	return 0;
}

/* Exactly what CONTENT_LENGTH says (nothing, when it is absent), and then the
 * end of the stream. */
static int read_body(FCGX_Request *r, struct request *rq)
{
	uint64_t n = 0;
	const char *length = param(r, "CONTENT_LENGTH");
	char *body;

	if (*length != '\0' && !slice_uint(slice_of(length), FCGI_BODY_MAX, &n))
		return 400;
	body = arena_zalloc(rq->arena, n + 1);
	if (FCGX_GetStr(body, (int)n, r->in) != (int)n ||
	    FCGX_GetChar(r->in) != EOF || FCGX_GetError(r->in) != 0)
		return 400;
	rq->body = body;
	rq->body_len = n;
	return 0;
}

static void read_params(const FCGX_Request *r, struct request *rq)
{
	static const struct {
		const char *name;
		size_t member;
	} wanted[] = {
		{ "REQUEST_METHOD", offsetof(struct request, method) },
		{ "QUERY_STRING", offsetof(struct request, query) },
		{ "CONTENT_TYPE", offsetof(struct request, content_type) },
		{ "cp_security_token", offsetof(struct request, security_token) },
		{ "REMOTE_USER", offsetof(struct request, login) },
		{ "REMOTE_ADDR", offsetof(struct request, remote_addr) },
		{ "HTTP_ORIGIN", offsetof(struct request, origin) },
		{ "HTTP_HOST", offsetof(struct request, host) },
		{ "HTTP_SEC_FETCH_SITE", offsetof(struct request, sec_fetch_site) },
		{ "RD_TICKET", offsetof(struct request, ticket) },
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		*(const char **)((char *)rq + wanted[i].member) =
			arena_strdup(rq->arena, param(r, wanted[i].name));
}

/* WHM's doors are root's and say who is logged in; a user's door says nothing
 * that the kernel has not said before. */
static int settle_identity(const FCGX_Request *r, struct request *rq,
			   const char *account)
{
	if (account != NULL) {
		rq->door = DOOR_USER;
		rq->login = account;
		rq->framed = *param(r, "RD_FRAME") != '\0';
		return 0;
	}
	if (identity_door(param(r, "RD_DOOR"), &rq->door) != 0)
		return 400;
	return text_is_account(rq->login) ? 0 : 403;
}

static int read_request(FCGX_Request *r, struct request *rq,
			const char *account)
{
	int refusal = receive(r, rq->fd);

	if (refusal == 0)
		refusal = read_body(r, rq);
	if (refusal != 0)
		return refusal;
	read_params(r, rq);
	return settle_identity(r, rq, account);
}

static bool is_header_text(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

static void write_response(FCGX_Request *r, const struct response *rs, bool framed)
{
	struct buf head = BUF_INIT(8192);
	bool page = strncmp(rs->content_type, "text/html", 9) == 0;

	buf_printf(&head, "Status: %d %s\r\nContent-Type: %s\r\n%s%s",
		   rs->status, reason_of(rs->status)->text, rs->content_type,
		   fixed_headers, framed && page ? framed_policy : strict_policy);
	if (rs->file_name != NULL)
		buf_printf(&head, "Content-Disposition: attachment; filename=\"%s\"\r\n",
			   rs->file_name);
	if (rs->retry_after != 0)
		buf_printf(&head, "Retry-After: %u\r\n", rs->retry_after);
	buf_printf(&head, "Content-Length: %zu\r\n\r\n", rs->body.len);
	FCGX_PutStr(head.data, (int)head.len, r->out);
	if (rs->body.len > 0)
		FCGX_PutStr(rs->body.data, (int)rs->body.len, r->out);
	buf_free(&head);
}

/* A header that would end early, or that does not fit, is a fault of ours. */
static bool is_sound(const struct response *rs)
{
	return rs->status >= 200 && rs->status <= 599 && !rs->body.full &&
	       rs->content_type != NULL && is_header_text(rs->content_type);
}

static void answer(struct app *app, FCGX_Request *r, const struct request *rq)
{
	struct response rs = { .body = BUF_INIT(FCGI_ANSWER_MAX) };

	app_handle(app, rq, &rs);
	if (!is_sound(&rs)) {
		log_line(LOG_LINE_ERROR, "the answer to \"%s\" is unusable",
			 rq->query);
		rs.status = 500;
		rs.content_type = "text/plain; charset=utf-8";
		rs.file_name = NULL;
		rs.body.len = 0;
	}
	write_response(r, &rs, rq->framed);
	buf_free(&rs.body);
}

/* A refusal is written past libfcgi, which is given no chance to add to it. */
void fcgi_serve(void *ctx, struct visit *v)
{
	const struct fcgi_front *front = ctx;
	struct arena arena = ARENA_INIT;
	struct request rq = {
		.arena = &arena, .peer = v->peer, .fd = v->fd, .wait_s = v->wait_s,
	};
	const char *account = NULL;
	FCGX_Request r;
	int refusal;

	if (!front->whm)
		account = identity_account(&arena, v->peer.uid);
	if (!front->whm && account == NULL) {
		fcgi_refuse(v->fd, 403);
		arena_clear(&arena);
		return;
	}
	refusal = read_request(&r, &rq, account);
	if (refusal == 0) {
		v->whole(v);
		answer(front->app, &r, &rq);
		r.keepConnection = 0;
		FCGX_Finish_r(&r);
	} else {
		FCGX_Free(&r, 1);
		fcgi_refuse(v->fd, refusal);
	}
	arena_clear(&arena);
}

void fcgi_reload(void *ctx)
{
	app_reload(((struct fcgi_front *)ctx)->app);
}
