#ifndef SOURCES_WHM_LOGIN_H
#define SOURCES_WHM_LOGIN_H

#include "base/err.h"
#include "base/text.h"

/*
 * Whom to ask and as whom. Written by the administrator, but a slip must not
 * send the token anywhere, so both are read strictly; no error quotes a token.
 */
#define WHM_PORT 2087
#define WHM_TOKEN_MAX 2048	/* an old access hash, made one line, has some 900 */

struct whm_address {
	char host[256];		/* a name, an IPv4 address or "[IPv6]" */
	unsigned port;
};

/* "https://HOST[:PORT][/]"; without a port it is WHM_PORT. Plain http, a login
 * in the address and a path are refused. */
int whm_address_parse(struct whm_address *out, struct slice url, struct err *e);

struct whm_login {
	char user[33];
	char token[WHM_TOKEN_MAX + 1];
};

/* One line, "USER:TOKEN" or "TOKEN" (root's). Letters, digits, '_' and '-': no
 * token has other characters, and nothing else can enter a header. */
int whm_login_parse(struct whm_login *out, struct slice text, struct err *e);

#endif
