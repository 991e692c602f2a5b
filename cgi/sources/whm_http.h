#ifndef SOURCES_WHM_HTTP_H
#define SOURCES_WHM_HTTP_H

#include "base/buf.h"
#include "sources/whm_login.h"

/*
 * The WHM API of one server over HTTPS. Certificate and host name are always
 * verified, redirects never followed, no proxy of the environment is used, and
 * the token goes into one header and nowhere else. One connection serves all
 * calls. libcurl is loaded when the first client is made: linked, its forty
 * libraries would triple the time in which every command starts.
 *
 * A call ends within WHM_TOTAL_S. One whose connection broke is sent once more,
 * so only what changes nothing may be sent. Errors are sentences with the
 * server's address: no name, no connection, no trust, access denied, a redirect
 * (a login page), an HTTP error, a cut answer, silence, an answer over the limit.
 */
#define WHM_CONNECT_S 10
#define WHM_SILENCE_S 30	/* without a byte */
#define WHM_TOTAL_S 120
#define WHM_REPLY_MAX (32u << 20)

struct whm_http;

/* ca: the path of a file of certificates to trust instead of the system's, or
 * NULL; it is read when the connection is made. */
struct whm_http *whm_http_new(const struct whm_address *address,
			      const struct whm_login *login, const char *ca,
			      struct err *e);

/* POSTs form to /json-api/FUNCTION and adds the body of the answer to reply. */
int whm_http_call(struct whm_http *h, const char *function, const char *form,
		  struct buf *reply, struct err *e);

/* "https://HOST:PORT" */
const char *whm_http_server(const struct whm_http *h);

void whm_http_free(struct whm_http *h);

#endif
