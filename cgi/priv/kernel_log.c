#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/text.h"
#include "priv/kernel_log.h"

#define LOOK (16u << 20)

static const char word[] = "Firewall: *TCP";

bool kernel_log_is(const char *row)
{
	return !strcmp(row, "kernel_messages") || !strcmp(row, "kernel_log");
}

/* It grows while it is read: what comes after the look began is left. */
static int read_newest(int fd, struct buf *text)
{
	off_t end = lseek(fd, 0, SEEK_END), at = end > (off_t)LOOK ? end - (off_t)LOOK : 0;
	char piece[65536];

	while (at < end) {
		size_t want = end - at < (off_t)sizeof(piece) ? (size_t)(end - at) : sizeof(piece);
		ssize_t n = pread(fd, piece, want, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || buf_add(text, piece, (size_t)n))
			return -1;
		at += n;
	}
	return end < 0 ? -1 : 0;
}

int kernel_log_lines(int fd, const char *row, struct err *e)
{
	struct buf text = BUF_INIT(LOOK + 1), some = BUF_INIT(LOOK + 1);
	int rc = read_newest(fd, &text), out = -1;
	struct slice rest = { text.data, text.len }, line;

	close(fd);
	while (!rc && slice_line(&rest, &line))
		if (memmem(line.p, line.n, word, sizeof(word) - 1)) {
			buf_add(&some, line.p, line.n);
			buf_add(&some, "\n", 1);
		}
	if (!rc)
		out = io_memfd(row, some.data ? some.data : "", some.len);
	if (out < 0)
		err_set(e, ERR_UNAVAILABLE, "the kernel's log cannot be read");
	buf_free(&text);
	buf_free(&some);
	return out;
}
