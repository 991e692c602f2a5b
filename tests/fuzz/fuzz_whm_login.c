#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sources/whm_login.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Nothing that comes out can end a header line or an address early. */
static void check(const char *s, size_t size, const char *allowed)
{
	size_t n = strnlen(s, size);

	if (!n || n == size || strspn(s, allowed) != n)
		abort();
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice text = { (const char *)data, n };
	struct whm_address a;
	struct whm_login l;
	struct err e;

	if (!whm_address_parse(&a, text, &e)) {
		check(a.host, sizeof(a.host), LETTERS ".:[]");
		if (!a.port || a.port > 65535)
			abort();
	}
	if (!whm_login_parse(&l, text, &e)) {
		check(l.user, sizeof(l.user), LETTERS);
		check(l.token, sizeof(l.token), LETTERS);
	}
	return 0;
}
