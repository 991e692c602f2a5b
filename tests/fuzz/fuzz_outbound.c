#include <stdlib.h>

#include "mail/outbound.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice text = { (const char *)data, n }, line;
	struct facts f = { .now = 1795521600 };
	struct arena a = ARENA_INIT;
	struct outbound_look *l = outbound_look_new(&f, &a, NULL);
	size_t lines = 0;

	while (slice_line(&text, &line)) {
		outbound_look_line(l, line);
		outbound_is_failure(line);
		lines++;
	}
	for (int i = 0; i < 2; i++) {
		const struct out_log *log = &f.ports.log[i];

		if (log->nhosts > OUT_HOSTS || log->delivered + log->timed_out +
		    log->refused + log->no_route > lines || log->hosts_failed > lines)
			abort();
		for (size_t k = 0; k < log->nhosts; k++)
			if (log->host[k].family != (i ? 6 : 4) || !log->host_name[k])
				abort();
	}
	arena_clear(&a);
	return 0;
}
