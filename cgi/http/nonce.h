#ifndef HTTP_NONCE_H
#define HTTP_NONCE_H

#include <stdint.h>

#include "base/err.h"
#include "http/request.h"

/*
 * A form's proof that we made it, for this login, at this door, in this session
 * of the panel, for this very act, not long ago: an HMAC (SHA-256) under a key
 * that lives as long as the front. Another site can make a browser send a form,
 * but not one with the right nonce.
 */
#define NONCE_KEY	32
#define NONCE_TEXT	96
#define NONCE_LIFE_S	1800

struct nonce_for {
	const char *login;
	enum door door;
	const char *security_token;
	const char *act;	/* "apply DIGEST", "undo ID", "scan" */
};

void nonce_make(const unsigned char key[NONCE_KEY], const struct nonce_for *x,
		int64_t expires, char out[NONCE_TEXT]);
/* ERR_DENIED when it is not ours for x, ERR_STALE when it is too old at now. */
int nonce_check(const unsigned char key[NONCE_KEY], const struct nonce_for *x,
		const char *nonce, int64_t now, struct err *e);

#endif
