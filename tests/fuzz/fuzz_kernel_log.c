#include <stdlib.h>

#include "mail/kernel_log.h"

#define NOW 1795500000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice text = { (const char *)data, n }, line;
	struct kernel_line l;

	while (slice_line(&text, &line))
		if (kernel_line_read(line, NOW, &l) &&
		    ((!l.out && !l.src.family) || (!l.has_uid && l.uid)))
			abort();
	return 0;
}
