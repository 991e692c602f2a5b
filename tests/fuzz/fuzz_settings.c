#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "mail/settings.h"
#include "render/view_settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What is understood and what is not stand in one list or another. */
static void show(struct slice text, size_t faults)
{
	struct arena a = ARENA_INIT;
	json_object *o = view_settings(text, 1, &a);

	if (json_count(json_member(o, "faults")) != faults)
		abort();
	json_object_put(o);
	arena_clear(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct slice text = { (const char *)data, n };
	struct settings s;
	struct setting x;
	unsigned line = 0;
	size_t faults = 0;

	settings_init(&s, text);
	while (settings_next(&s, &x)) {
		if (x.line <= line)
			abort();
		line = x.line;
		faults += x.why != NULL;
		if ((x.kind == SETTING_FAULT) != (x.why != NULL))
			abort();
		if (x.kind == SETTING_ADDRESS &&
		    (!x.ip.family || ip_is_loopback(&x.ip)))
			abort();
		if (x.kind == SETTING_GATEWAY &&
		    (!text_is_domain(x.suffix) || !strchr(x.suffix, '.')))
			abort();
		if (x.kind == SETTING_MUTE && (!x.finding.n || !x.by.n || !x.reason.n))
			abort();
		if (x.kind == SETTING_PROBE_TO && ip_is_private(&x.ip))
			abort();
		if (x.title.n && (x.title.p < text.p ||
				  x.title.p + x.title.n > text.p + text.n))
			abort();
	}
	show(text, faults);
	return 0;
}
