#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "http/nonce.h"

/* Each text goes in with its NUL, so that no two lists of texts look alike. */
static void add(struct buf *b, const char *s)
{
	if (buf_add(b, s, strlen(s) + 1))
		abort();
}

static void mac(const unsigned char key[NONCE_KEY], const struct nonce_for *x,
		int64_t expires, char out[65])
{
	static const char *const doors[] = {
		[DOOR_ADMIN] = "admin", [DOOR_RESELLER] = "reseller",
		[DOOR_USER] = "user",
	};
	struct buf b = BUF_INIT(65536);
	unsigned char raw[EVP_MAX_MD_SIZE];
	char until[24];
	unsigned n = 0;

	snprintf(until, sizeof(until), "%" PRId64, expires);
	add(&b, "relaydoctor nonce");
	add(&b, x->login);
	add(&b, doors[x->door]);
	add(&b, x->security_token);
	add(&b, x->act);
	add(&b, until);
	if (!HMAC(EVP_sha256(), key, NONCE_KEY, (unsigned char *)b.data, b.len, raw,
		  &n) || n != 32)
		abort();
	for (unsigned i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", raw[i]);
	buf_free(&b);
}

void nonce_make(const unsigned char key[NONCE_KEY], const struct nonce_for *x,
		int64_t expires, char out[NONCE_TEXT])
{
	char hex[65];

	mac(key, x, expires, hex);
	snprintf(out, NONCE_TEXT, "%" PRId64 ".%s", expires, hex);
}

int nonce_check(const unsigned char key[NONCE_KEY], const struct nonce_for *x,
		const char *nonce, int64_t now, struct err *e)
{
	struct slice rest = slice_of(nonce), until = slice_cut(&rest, '.');
	uint64_t expires;
	char hex[65];

	if (!slice_uint(until, INT64_MAX, &expires) || rest.n != 64)
		return err_set(e, ERR_DENIED, "this is not a form of Relay Doctor's");
	mac(key, x, (int64_t)expires, hex);
	if (CRYPTO_memcmp(hex, rest.p, 64))
		return err_set(e, ERR_DENIED,
			       "this form was not made for this session (or Relay Doctor was restarted since): open the page again");
	if ((int64_t)expires < now)
		return err_set(e, ERR_STALE,
			       "this form is older than %d minutes: open the page again",
			       NONCE_LIFE_S / 60);
	return 0;
}
