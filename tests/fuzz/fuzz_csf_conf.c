#include <stdlib.h>

#include "mail/csf_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice text = { (const char *)data, n }, value = { NULL, 0 };
	struct arena a = ARENA_INIT;
	struct csf_facts csf = { .allow_users = "" };

	if (!csf_conf_read(text, &a, &csf) && !csf.ports[CSF_TCP_OUT].known)
		abort();
	if (config_get(text, "TCP_OUT", &value) && value.n &&
	    (value.p < text.p || value.p + value.n > text.p + text.n))
		abort();
	config_flag(text, "smtpmailgidonly", 1);
	arena_clear(&a);
	return 0;
}
