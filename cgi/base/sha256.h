#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

/* SHA-256 (FIPS 180-4) of bytes that are all at hand, for programs that link no
 * cryptographic library. */
#define SHA256_WORDS 8

void sha256(const void *p, size_t n, uint32_t out[SHA256_WORDS]);

#endif
