#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "sources/log_reader.h"

/* Far smaller than the window, so that zlib fills that one directly. */
#define ZLIB_BYTES (1u << 14)

static bool is_gzip(int fd)
{
	char magic[2] = { 0, 0 };

	return pread(fd, magic, 2, 0) == 2 && !memcmp(magic, "\x1f\x8b", 2);
}

static bool begin(struct log_reader *r, int fd, uint64_t at, uint64_t look)
{
	r->gz = gzdopen(fd, "rb");
	if (!r->gz)
		return false;
	gzbuffer(r->gz, ZLIB_BYTES);
	r->have = 0;
	r->left = look;
	r->at = at;
	r->late = at > 0;
	r->passing = false;
	return true;
}

bool log_reader_enter(struct log_reader *r, int fd, uint64_t look)
{
	off_t size = lseek(fd, 0, SEEK_END), at = 0;
	bool stream = size < 0 && errno == ESPIPE;

	r->gzip = is_gzip(fd);
	if (!stream && !r->gzip && (uint64_t)size > look)
		at = size - (off_t)look;
	if ((!stream && lseek(fd, at, SEEK_SET) < 0) || !begin(r, fd, (uint64_t)at, look))
		return false;
	for (; at && r->left && gzgetc(r->gz) != '\n'; r->at++)
		r->left--;
	r->at += at > 0;
	return true;
}

bool log_reader_resume(struct log_reader *r, int fd, uint64_t from, uint64_t look)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	r->gzip = is_gzip(fd);
	if (copy < 0 || lseek(copy, r->gzip ? 0 : (off_t)from, SEEK_SET) < 0 ||
	    !begin(r, copy, from, look)) {
		if (copy >= 0)
			close(copy);
		return false;
	}
	/* zlib reads on to that place. */
	if (!r->gzip || !from || gzseek(r->gz, (z_off_t)from, SEEK_SET) == (z_off_t)from)
		return true;
	gzclose(r->gz);
	return false;
}

/* The whole lines at the beginning of the window, or a full window without one. */
static struct slice ready(struct log_reader *r)
{
	const char *last = memrchr(r->window, '\n', r->have);
	struct slice all = { r->window, last ? (size_t)(last - r->window) + 1 : 0 };

	if (!last && r->have == sizeof(r->window))
		all.n = r->have;
	return all;
}

static void give(struct log_reader *r, struct slice all, log_line_fn *each, void *ctx)
{
	bool whole = all.n && all.p[all.n - 1] == '\n';
	struct slice line;

	r->at += all.n;
	if (r->passing && all.n) {
		slice_cut(&all, '\n');
		r->passing = !whole;
	}
	while (slice_line(&all, &line)) {
		each(ctx, line);
		r->passing = !whole && !all.n;
	}
}

int log_reader_lines(struct log_reader *r, bool ended, log_line_fn *each, void *ctx)
{
	struct slice all;
	int n, code;

	for (;;) {
		size_t room = sizeof(r->window) - r->have;

		n = gzread(r->gz, r->window + r->have,
			   (unsigned)(room < r->left ? room : r->left));
		if (n <= 0)
			break;
		r->left -= (uint64_t)n;
		r->have += (size_t)n;
		all = ready(r);
		give(r, all, each, ctx);
		r->have -= all.n;
		memmove(r->window, r->window + all.n, r->have);
	}
	gzerror(r->gz, &code);
	if (ended && n == 0 && code == Z_OK)
		give(r, (struct slice){ r->window, r->have }, each, ctx);
	return n < 0 || (code != Z_OK && code != Z_STREAM_END) ? -1 : 0;
}
