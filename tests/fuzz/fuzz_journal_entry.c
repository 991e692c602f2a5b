#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/percent.h"
#include "priv/entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What can be read as an entry is written as one line and read back the same;
 * the percent coding under it loses nothing. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice text = { (const char *)data, n };
	struct err e = { .text = "" };
	char line[ENTRY_LINE_MAX], plain[512], coded[3 * sizeof(plain)];
	struct entry x, y;
	size_t len;

	if (percent_decode(plain, sizeof(plain), text) &&
	    (!percent_encode(coded, sizeof(coded), plain) ||
	     strpbrk(coded, " =\n") || strlen(coded) < strlen(plain)))
		abort();
	if (entry_decode(&x, text, &e))
		return 0;
	len = entry_encode(&x, line, sizeof(line));
	if (!len || strchr(line, '\n') != line + len - 1 ||
	    entry_decode(&y, (struct slice){ line, len }, &e) ||
	    strcmp(x.id, y.id) || strcmp(x.state, y.state) || strcmp(x.text, y.text))
		abort();
	return 0;
}
