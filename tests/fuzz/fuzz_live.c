/* A reply of cPanel's LiveAPI: what is pointed out lies within it, and a reply
 * that is refused stays as it was. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "door/live.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_within(const char *text, size_t n, const char *p, size_t len)
{
	if (p < text || p > text + n || len > (size_t)(text + n - p))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *text = malloc(n + 1);
	struct live_frame f;

	if (text == NULL)
		abort();
	memcpy(text, data, n);
	text = realloc(text, n > 0 ? n : 1);	/* a byte too many is seen */
	if (text == NULL)
		abort();
	if (live_read_frame(text, n, &f) == LIVE_FRAME) {
		check_within(text, n, f.header, f.nheader);
		check_within(text, n, f.footer, f.nfooter);
	} else if (memcmp(text, data, n) != 0) {
		abort();
	}
	free(text);
	return 0;
}
