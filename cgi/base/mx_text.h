#ifndef BASE_MX_TEXT_H
#define BASE_MX_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A set of MX records as one line of text, the same between a plan, the helper
 * and its journal: "10 mail.shop.example ttl 14400, 20 backup.example ttl 300",
 * or "none". By preference, then host; a host is lower case without a trailing
 * dot, "." is the null MX (RFC 7505). One set has one text.
 */
#define MX_LINES_MAX 8
#define MX_HOST_MAX 254

struct mx_line {
	uint32_t ttl;
	uint16_t preference;
	char host[MX_HOST_MAX];
};

/* Sorts the lines and writes the text; false when it does not fit, or a host is
 * not one that the text can hold. */
bool mx_text_print(char *out, size_t size, struct mx_line *lines, size_t n);
/* false: it is not such a text, letter for letter. */
bool mx_text_parse(const char *text, struct mx_line lines[MX_LINES_MAX], size_t *n);

#endif
