#include <curl/curl.h>
#include <dlfcn.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compat.h"
#include "sources/whm_http.h"

#define LIBRARY "libcurl.so.4"

#define CURL_CALLS(X) \
	X(easy_init) X(easy_cleanup) X(easy_setopt) X(easy_perform) X(easy_getinfo) \
	X(easy_strerror) X(slist_append) X(slist_free_all) X(global_init) \
	X(global_cleanup)

struct curl_calls {
#define X(name) __typeof__(curl_##name) *name;
	CURL_CALLS(X)
#undef X
};

struct whm_http {
	struct curl_calls curl;
	CURL *easy;
	struct curl_slist *headers;
	struct buf *reply;	/* of the call that runs */
	char server[280];
	char why[CURL_ERROR_SIZE];
};

/* ---- the library ------------------------------------------------------ */

static int load(struct curl_calls *c, struct err *e)
{
	static const struct { const char *name; size_t at; } calls[] = {
#define X(name) { "curl_" #name, offsetof(struct curl_calls, name) },
		CURL_CALLS(X)
#undef X
	};
	void *lib = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (!lib)
		return err_set(e, ERR_UNAVAILABLE, "another server is asked through %s, which is not installed (Debian: libcurl4, Enterprise Linux: libcurl)",
			       LIBRARY);
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		void *call = dlsym(lib, calls[i].name);

		if (!call)
			return err_set(e, ERR_UNAVAILABLE, "%s has no %s", LIBRARY, calls[i].name);
		memcpy((char *)c + calls[i].at, &call, sizeof(call));
	}
	if (c->global_init(CURL_GLOBAL_DEFAULT))
		return err_set(e, ERR_UNAVAILABLE, "%s cannot be started", LIBRARY);
	return 0;
}

/* ---- one client ------------------------------------------------------- */

static size_t take_body(char *p, size_t each, size_t n, void *ctx)
{
	struct whm_http *h = ctx;

	return buf_add(h->reply, p, each * n) ? 0 : each * n;
}

/* Where --ca names the certificates to trust, those of the system count for
 * nothing: it may well be there to pin one. */
static bool set_trust(struct whm_http *h, const char *ca)
{
	__typeof__(curl_easy_setopt) *set = h->curl.easy_setopt;

	if (set(h->easy, CURLOPT_SSL_VERIFYPEER, 1L) ||
	    set(h->easy, CURLOPT_SSL_VERIFYHOST, 2L) ||
	    set(h->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2))
		return false;
	return !ca || !(set(h->easy, CURLOPT_CAINFO, ca) ||
			set(h->easy, CURLOPT_CAPATH, (char *)NULL));
}

static bool set_bounds(struct whm_http *h)
{
	__typeof__(curl_easy_setopt) *set = h->curl.easy_setopt;

	return !(curl_https_alone(set, h->easy) ||
		 set(h->easy, CURLOPT_FOLLOWLOCATION, 0L) ||
		 set(h->easy, CURLOPT_PROXY, "") ||
		 set(h->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) ||
		 set(h->easy, CURLOPT_NOSIGNAL, 1L) ||
		 set(h->easy, CURLOPT_CONNECTTIMEOUT, (long)WHM_CONNECT_S) ||
		 set(h->easy, CURLOPT_LOW_SPEED_LIMIT, 1L) ||
		 set(h->easy, CURLOPT_LOW_SPEED_TIME, (long)WHM_SILENCE_S) ||
		 set(h->easy, CURLOPT_TIMEOUT, (long)WHM_TOTAL_S));
}

/* "Expect:" keeps a long form from waiting a second for a "100 Continue". */
static bool set_request(struct whm_http *h, const struct whm_login *login)
{
	__typeof__(curl_easy_setopt) *set = h->curl.easy_setopt;
	char line[sizeof(*login) + 32];
	struct curl_slist *list;

	snprintf(line, sizeof(line), "Authorization: whm %s:%s", login->user, login->token);
	h->headers = h->curl.slist_append(NULL, line);
	explicit_bzero(line, sizeof(line));
	list = h->headers ? h->curl.slist_append(h->headers, "Expect:") : NULL;
	return list && !(set(h->easy, CURLOPT_HTTPHEADER, list) ||
			 set(h->easy, CURLOPT_USERAGENT, "relaydoctor") ||
			 set(h->easy, CURLOPT_ERRORBUFFER, h->why) ||
			 set(h->easy, CURLOPT_WRITEFUNCTION, take_body) ||
			 set(h->easy, CURLOPT_WRITEDATA, h));
}

struct whm_http *whm_http_new(const struct whm_address *address,
			      const struct whm_login *login, const char *ca,
			      struct err *e)
{
	struct whm_http *h = calloc(1, sizeof(*h));

	if (!h)
		abort();
	if (load(&h->curl, e)) {
		free(h);
		return NULL;
	}
	snprintf(h->server, sizeof(h->server), "https://%s:%u", address->host, address->port);
	h->easy = h->curl.easy_init();
	if (h->easy && set_trust(h, ca) && set_bounds(h) && set_request(h, login))
		return h;
	err_set(e, ERR_UNAVAILABLE, "%s cannot do what a safe request needs", LIBRARY);
	whm_http_free(h);
	return NULL;
}

const char *whm_http_server(const struct whm_http *h)
{
	return h->server;
}

void whm_http_free(struct whm_http *h)
{
	if (h->easy)
		h->curl.easy_cleanup(h->easy);
	h->curl.slist_free_all(h->headers);
	h->curl.global_cleanup();
	free(h);
}

/* ---- what went wrong -------------------------------------------------- */

static double seconds(struct whm_http *h, CURLINFO what)
{
	double s = 0;

	h->curl.easy_getinfo(h->easy, what, &s);
	return s;
}

static int say_timeout(struct whm_http *h, struct err *e)
{
	if (seconds(h, CURLINFO_PRETRANSFER_TIME) <= 0)
		return err_set(e, ERR_UNAVAILABLE, "%s: no connection within %d s",
			       h->server, WHM_CONNECT_S);
	if (seconds(h, CURLINFO_TOTAL_TIME) >= WHM_TOTAL_S)
		return err_set(e, ERR_UNAVAILABLE, "%s: its answer was not complete after %d s",
			       h->server, WHM_TOTAL_S);
	return err_set(e, ERR_UNAVAILABLE, "%s: it said nothing for %d s", h->server,
		       WHM_SILENCE_S);
}

static int say_unreachable(struct whm_http *h, struct err *e)
{
	long why = 0;

	h->curl.easy_getinfo(h->easy, CURLINFO_OS_ERRNO, &why);
	return err_set(e, ERR_UNAVAILABLE, "%s: no connection (%s)", h->server,
		       why ? strerror((int)why) : "no reason given");
}

static int say_distrust(struct whm_http *h, struct err *e)
{
	long why = X509_V_ERR_UNSPECIFIED;

	/* What libcurl itself finds wrong, the name above all, leaves no number. */
	h->curl.easy_getinfo(h->easy, CURLINFO_SSL_VERIFYRESULT, &why);
	if (why == X509_V_OK || why == X509_V_ERR_UNSPECIFIED)
		return err_set(e, ERR_UNAVAILABLE, "%s: its certificate is not for this name (%.200s); use the name that it is for",
			       h->server, h->why);
	return err_set(e, ERR_UNAVAILABLE, "%s: its certificate is not trusted (%s); --ca FILE names what to trust instead: the authority's certificate or, if it is self-signed, this server's own",
		       h->server, X509_verify_cert_error_string(why));
}

static int say_error(struct whm_http *h, CURLcode code, struct err *e)
{
	static const struct { CURLcode code; const char *text; } told[] = {
		{ CURLE_COULDNT_RESOLVE_HOST, "its name cannot be resolved" },
		{ CURLE_GOT_NOTHING, "it closed the connection without an answer" },
		{ CURLE_SEND_ERROR, "the connection broke before the request was sent" },
		{ CURLE_RECV_ERROR, "the connection broke in the middle of the answer" },
		{ CURLE_PARTIAL_FILE, "its answer ends before its announced length" },
	};

	if (h->reply->full)
		return err_set(e, ERR_LIMIT, "%s: its answer is larger than %u MiB", h->server,
			       WHM_REPLY_MAX >> 20);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return say_timeout(h, e);
	if (code == CURLE_COULDNT_CONNECT)
		return say_unreachable(h, e);
	/* Before 7.62 an untrusted certificate had a number of its own. */
	if (code == CURLE_PEER_FAILED_VERIFICATION || (int)code == 51 || (int)code == 60)
		return say_distrust(h, e);
	for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++)
		if (code == told[i].code)
			return err_set(e, ERR_UNAVAILABLE, "%s: %s", h->server, told[i].text);
	return err_set(e, ERR_UNAVAILABLE, "%s: %.200s", h->server,
		       *h->why ? h->why : h->curl.easy_strerror(code));
}

static int check_status(struct whm_http *h, struct err *e)
{
	long status = 0;

	h->curl.easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status == 200)
		return 0;
	if (status == 401 || status == 403)
		return err_set(e, ERR_DENIED, "%s: access denied (HTTP %ld): the login or its token is wrong, has expired, or may not be used from this address",
			       h->server, status);
	if (status >= 300 && status < 400)
		return err_set(e, ERR_DENIED, "%s: it sends us to another page (HTTP %ld), as it does for those who are not logged in; is this WHM's own port, and the token one of this server?",
			       h->server, status);
	if (status >= 500)
		return err_set(e, ERR_UNAVAILABLE, "%s: it failed (HTTP %ld); /usr/local/cpanel/logs/error_log there says why",
			       h->server, status);
	return err_set(e, ERR_UNAVAILABLE, "%s: unexpected answer (HTTP %ld)", h->server, status);
}

/* ---- a call ----------------------------------------------------------- */

static CURLcode perform(struct whm_http *h, struct buf *reply)
{
	size_t before = reply->len;
	CURLcode code = CURLE_OK;

	for (int tries = 0; tries < 2; tries++) {
		reply->len = before;
		reply->full = 0;
		*h->why = '\0';
		code = h->curl.easy_perform(h->easy);
		if (code != CURLE_GOT_NOTHING && code != CURLE_SEND_ERROR &&
		    code != CURLE_RECV_ERROR && code != CURLE_PARTIAL_FILE)
			break;
	}
	return code;
}

int whm_http_call(struct whm_http *h, const char *function, const char *form,
		  struct buf *reply, struct err *e)
{
	__typeof__(curl_easy_setopt) *set = h->curl.easy_setopt;
	char url[sizeof(h->server) + 80];
	CURLcode code;

	snprintf(url, sizeof(url), "%s/json-api/%.60s", h->server, function);
	if (set(h->easy, CURLOPT_URL, url) || set(h->easy, CURLOPT_POSTFIELDS, form))
		return err_set(e, ERR_BUG, "%s: the request cannot be made", h->server);
	h->reply = reply;
	code = perform(h, reply);
	return code ? say_error(h, code, e) : check_status(h, e);
}
