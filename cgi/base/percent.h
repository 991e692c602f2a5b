#ifndef BASE_PERCENT_H
#define BASE_PERCENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/*
 * RFC 3986: everything but letters, digits and "-._~" becomes %XX. cPanel's
 * command-line programs decode their values like form fields ('+' is a blank),
 * so every value goes through here; the journal and the audit log use the same
 * so that a blank always ends a field. false when out is too small.
 */
bool percent_encode(char *out, size_t size, const char *in);

/* false on a broken escape, an escaped NUL or when out is too small. */
bool percent_decode(char *out, size_t size, struct slice in);

#endif
