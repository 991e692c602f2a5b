#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "sources/log_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void count(void *ctx, struct slice line)
{
	size_t *lines = ctx;

	(*lines)++;
	if (line.n > LOG_LINE_BYTES)
		abort();
}

/* From the place that the first byte names: what is said to be read lies behind it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct log_reader r;
	size_t lines = 0;
	int fd;

	if (!n)
		return 0;
	fd = io_memfd("log", data + 1, n - 1);
	if (fd < 0)
		abort();
	if (log_reader_resume(&r, fd, data[0], 1u << 20)) {
		log_reader_lines(&r, r.gzip, count, &lines);
		if (r.at < data[0] || (lines && r.at == data[0]))
			abort();
		gzclose(r.gz);
	}
	close(fd);
	return 0;
}
