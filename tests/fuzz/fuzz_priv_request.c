#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "priv/valid.h"
#include "priv/verb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A datagram from anybody; the first byte says from whom and with a descriptor
 * or not. What passes is a whole request in words of its verb; an address may have an
 * apostrophe and a percent sign in it, which no shell sees. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	union {
		struct priv_request q;
		char bytes[sizeof(struct priv_request) + 1];
	} u = { .bytes = { 0 } };
	struct err e = { .code = ERR_NONE, .text = "" };
	const struct verb *v;
	enum who who;

	if (!n || n - 1 > sizeof(u.bytes))
		return 0;
	memcpy(u.bytes, data + 1, n - 1);
	who = (enum who)(1u << (data[0] & 7) & 0x7f);
	v = verb_for(&u.q, n - 1, who, data[0] & 8, &e);
	if (!v)
		return *e.text && e.code ? 0 : (abort(), 0);
	if (n - 1 != sizeof(u.q) || !(v->who & who) || strcmp(v->name, u.q.verb) ||
	    v->takes_fd != !!(data[0] & 8) || !v->value_ok(u.q.value) ||
	    !valid_array(u.q.name, sizeof(u.q.name)) || strpbrk(u.q.name, " \n$|;\"/"))
		abort();
	return 0;
}
