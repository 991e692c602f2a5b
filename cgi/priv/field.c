#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "priv/field.h"

void field_print(char *out, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out, size, fmt, ap);
	va_end(ap);
	text_end_whole(out);
}
