#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

int err_set(struct err *e, enum errcode code, const char *fmt, ...)
{
	char text[sizeof(e->text)];	/* what it says may quote what e said */
	va_list ap;

	e->code = code;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_end_whole(text);
	memcpy(e->text, text, strlen(text) + 1);
	return -1;
}

const char *err_name(enum errcode code)
{
	static const char *const names[] = {
		[ERR_NONE] = "none",
		[ERR_INPUT] = "input",
		[ERR_DENIED] = "denied",
		[ERR_STALE] = "stale",
		[ERR_UNAVAILABLE] = "unavailable",
		[ERR_LIMIT] = "limit",
		[ERR_NOT_FOUND] = "not_found",
		[ERR_BUG] = "internal",
	};

	if ((unsigned)code >= sizeof(names) / sizeof(*names))
		return "internal";
	return names[code];
}
