#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mx_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken for a set is its one text, letter for letter. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mx_line lines[MX_LINES_MAX];
	char text[1024], again[1024];
	size_t n;

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (mx_text_parse(text, lines, &n) &&
	    (!mx_text_print(again, sizeof(again), lines, n) || strcmp(again, text)))
		abort();
	return 0;
}
