#ifndef PRIV_FIELD_H
#define PRIV_FIELD_H

#include <stddef.h>

/* Prints into a char array that is a member of *x, cutting what is too long
 * (never inside a character); for values whose length was checked before and for sentences. */
#define field_set(x, member, ...) \
	field_print((x)->member, sizeof((x)->member), __VA_ARGS__)

__attribute__((format(printf, 3, 4)))
void field_print(char *out, size_t size, const char *fmt, ...);

#endif
