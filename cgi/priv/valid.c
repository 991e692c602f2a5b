#include <string.h>

#include "base/ip.h"
#include "base/mx_text.h"
#include "base/text.h"
#include "priv/valid.h"

static bool only(const char *s, size_t min, size_t max, const char *allowed)
{
	size_t n = strlen(s);

	return n >= min && n <= max && strspn(s, allowed) == n;
}

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool is_one_of(const char *s, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(s, *words))
			return true;
	return false;
}

bool valid_nothing(const char *s)
{
	return !*s;
}

bool valid_domain(const char *s)
{
	return text_is_domain(s) && strchr(s, '.') && *s != '-' &&
		!strpbrk(s, UPPER);
}

bool valid_account(const char *s)
{
	return text_is_account(s);
}

bool valid_login(const char *s)
{
	return only(s, 1, 64, LOWER UPPER DIGITS "._@+-");
}

bool valid_mxcheck(const char *s)
{
	static const char *const words[] = {
		"auto", "local", "secondary", "remote", NULL
	};

	return is_one_of(s, words);
}

bool valid_mx_text(const char *s)
{
	struct mx_line lines[MX_LINES_MAX];
	size_t n;

	return mx_text_parse(s, lines, &n);
}

bool valid_mx_host(const char *s)
{
	return !strcmp(s, "none") || valid_domain(s);
}

bool valid_whm_door(const char *s)
{
	static const char *const words[] = { "admin.cgi", "reseller.cgi", NULL };

	return is_one_of(s, words);
}

bool valid_ticket(const char *s)
{
	return only(s, 32, 32, DIGITS "abcdef");
}

bool valid_change(const char *s)
{
	static const char shape[] = "dddddddd-dddddd-hhhhhh";

	if (strlen(s) != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; shape[i]; i++) {
		const char *allowed = shape[i] == 'd' ? DIGITS :
			shape[i] == 'h' ? DIGITS "abcdef" : "-";

		if (!strchr(allowed, s[i]))
			return false;
	}
	return true;
}

bool valid_client(const char *s)
{
	struct ip ip;

	return !*s || ip_parse(&ip, s);
}

bool valid_mail_address(const char *s)
{
	const char *at = strchr(s, '@');
	size_t local = at ? (size_t)(at - s) : 0;

	return local >= 1 && local <= 64 && text_is_domain(at + 1) &&
		strspn(s, LOWER UPPER DIGITS "!#%&'*+-.=?^_~") == local;
}

bool valid_file_row(const char *s)
{
	return only(s, 1, 32, LOWER DIGITS "_");
}

bool valid_filter_tool(const char *s)
{
	static const char *const words[] = {
		"ip", "ip6", "ip_nft", "ip6_nft", "ip_legacy", "ip6_legacy", "nft", NULL
	};

	return is_one_of(s, words);
}

bool valid_hulk_read(const char *s)
{
	static const char *const words[] = {
		"status", "brutes", "excessive_brutes", "black", "white", NULL
	};

	return is_one_of(s, words);
}

bool valid_array(const char *array, size_t size)
{
	const char *end = memchr(array, '\0', size);

	if (!end)
		return false;
	for (; end < array + size; end++)
		if (*end)
			return false;
	return true;
}
