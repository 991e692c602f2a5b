#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "mail/credentials.h"

static bool mechanism_byte(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		c == '-' || c == '_';
}

/* The word at s; 0 when a sentence goes on with it: "AUTH is required for …". */
static size_t secret_length(const char *s)
{
	size_t n = strcspn(s, " \t\r\n\"'<>");

	return s[n] == ' ' && strspn(s, "abcdefghijklmnopqrstuvwxyz") >= n ? 0 : n;
}

char *credentials_cut(char *s)
{
	for (char *p = s; *p; p++) {
		char *q = p + 4;
		size_t n;

		if (strncasecmp(p, "auth", 4) || (p > s && mechanism_byte(p[-1])) ||
		    (*q != ' ' && *q != '\t'))
			continue;
		q += strspn(q, " \t");
		for (n = 0; mechanism_byte(q[n]); n++)
			;
		if (!n || (q[n] != ' ' && q[n] != '\t'))
			continue;
		q += n + strspn(q + n, " \t");
		memset(q, '*', secret_length(q));
	}
	return s;
}
