#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>

/* Growing bytes with a ceiling. Always NUL-terminated once something was
 * added. buf_add returns -1 (and sets full) when limit would be passed; what
 * was there stays. Free with buf_free. Ends the process without memory. */
struct buf {
	char *data;
	size_t len, cap, limit;
	int full;
};

#define BUF_INIT(max) { .limit = (max) }

int buf_add(struct buf *b, const void *p, size_t n);
int buf_puts(struct buf *b, const char *s);
__attribute__((format(printf, 2, 3)))
int buf_printf(struct buf *b, const char *fmt, ...);
void buf_free(struct buf *b);

#endif
