#include <stdlib.h>

#include "mail/exim_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const names[] = { "local_domains", "relay_domains" };
	struct slice text = { (const char *)data, n };
	struct arena a = ARENA_INIT;

	for (size_t i = 0; i < 2; i++) {
		struct exim_reads x;

		exim_list_reads(text, names[i], &x);
		for (int l = 0; l < NLISTS; l++)
			if (x.loose[l] && !x.reads[l])
				abort();
		/* A list that is not printed reads nothing. */
		if (!exim_list_definition(text, names[i], &a))
			for (int l = 0; l < NLISTS; l++)
				if (x.reads[l])
					abort();
	}
	exim_option(text, "primary_hostname", &a);
	exim_version(text, &a);
	exim_config_file(text, &a);
	arena_clear(&a);
	return 0;
}
