#ifndef SOURCES_LOG_READER_H
#define SOURCES_LOG_READER_H

#include <zlib.h>

#include "base/text.h"

#define LOG_LINE_BYTES 65536	/* a longer line is cut */

/* Lines of one file, plain or gzip (zlib reads both the same way). */
struct log_reader {
	gzFile gz;
	char window[LOG_LINE_BYTES];
	size_t have;
	uint64_t left;	/* bytes of text that may still be read */
	uint64_t at;	/* of the text: what stands before was given, or passed over */
	bool late;	/* not entered at its beginning */
	bool passing;	/* over the rest of a line that was cut */
	bool gzip;
};

typedef void log_line_fn(void *ctx, struct slice line);

/* At the beginning; of a plain file `look` bytes before its end, behind the first
 * line feed there. Takes fd over, but for false: it cannot be read. */
bool log_reader_enter(struct log_reader *r, int fd, uint64_t look);
/* Behind so many bytes of its text, of which at most `look` are read; false as well
 * when it has fewer. fd stays the caller's. */
bool log_reader_resume(struct log_reader *r, int fd, uint64_t from, uint64_t look);
/* All lines from there on. What stands behind the last line feed is one of them
 * only where `ended` is set. -1: gzip that is broken, or that ends too early;
 * whatever stands behind its last line feed is no line then. */
int log_reader_lines(struct log_reader *r, bool ended, log_line_fn *each, void *ctx);

#endif
