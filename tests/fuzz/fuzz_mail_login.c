#include <stdlib.h>

#include "mail/mail_login.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What is taken lies in the line, is an address, and is no day that is to come. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const int32_t today = 20780;	/* 2026-11-23 */
	struct slice rest = { (const char *)data, n }, line;
	struct mail_login x;

	while (slice_line(&rest, &line)) {
		if (!mail_login_read(line, today, &x))
			continue;
		if (!x.user.n || x.user.p < line.p || x.user.p + x.user.n > line.p + line.n ||
		    (x.ip.family != 4 && x.ip.family != 6))
			abort();
		if (line.p[0] > '9' && x.wall / 86400 > today + 1)
			abort();
	}
	return 0;
}
