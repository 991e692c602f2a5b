#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "mail/credentials.h"

static bool mechanism_byte(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		c == '-' || c == '_';
}

/* What closes what c opens; NUL: c opens nothing. */
static char closing(char c)
{
	return c == '<' ? '>' : c == '"' || c == '\'' ? c : '\0';
}

/* Up to the quote that closes and ends a word, or the line. Quotes within a word are part
 * of it: whoever sends an argument may put them there. */
static size_t quoted_length(const char *s, char quote)
{
	size_t n = 0, line = strcspn(s, "\r\n");

	while (n < line && !(s[n] == quote && (!s[n + 1] || strchr(" \t\r\n:;,.)", s[n + 1]))))
		n++;
	return n;
}

/* Without quotes that close something which began before. */
static size_t word_length(const char *s)
{
	size_t n = strcspn(s, " \t\r\n"), m = n;

	while (m && strchr("\"'<>:;,.)", s[m - 1]))
		m--;
	return strcspn(s + m, "\"'<>") < n - m ? m : n;
}

/* The argument at s, of a command that stands in quotes of this kind (NUL: in none); 0
 * when a sentence goes on with it: "AUTH is required for …". */
static size_t secret_length(const char *s, char around)
{
	size_t n = strcspn(s, " \t\r\n");

	if (s[n] == ' ' && strspn(s, "abcdefghijklmnopqrstuvwxyz") >= n)
		return 0;
	if (around)
		return quoted_length(s, around);
	if (closing(*s))
		return 1 + quoted_length(s + 1, closing(*s));
	return word_length(s);
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
		memset(q, '*', secret_length(q, p > s ? closing(p[-1]) : '\0'));
	}
	return s;
}
