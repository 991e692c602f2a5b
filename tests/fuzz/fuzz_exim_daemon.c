#include <stdlib.h>

#include "mail/exim_daemon.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice text = { (const char *)data, n }, line;
	struct exim_daemon d;

	exim_daemon_read(text, "/etc/exim.conf", &d);
	if (!d.pid && exim_daemon_is_older(&d))
		abort();
	while (slice_line(&text, &line))
		exim_daemon_log(&d, line, NULL);
	if (exim_daemon_judge(&d, INT64_MAX) == EXIM_CONFIG_UNREAD &&
	    (!d.log_covers || d.began >= d.changed))
		abort();
	return 0;
}
