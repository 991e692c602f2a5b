#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/text.h"

/* Bytes of the well-formed character (RFC 3629) at the start of s; 0: there is
 * none. */
size_t utf8_length(struct slice s);

/*
 * Bytes at the start of s that a terminal would obey instead of showing, or
 * cannot show: a control character (C0, DEL, C1), a mark that turns the writing
 * direction (U+200E/F, U+202A–E, U+2066–9), a byte that is no UTF-8. 0: the
 * character at the start can be written as it is. s must not be empty.
 */
size_t utf8_unshown(struct slice s);

#endif
