#include <string.h>

#include "base/ip.h"
#include "base/mx_text.h"
#include "base/text.h"
#include "priv/address_list.h"
#include "priv/listener.h"
#include "priv/unblock.h"
#include "priv/valid.h"

#define VALID_TARGETS_MAX 4

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
	struct ip literal;

	return !strcmp(s, "none") || (valid_domain(s) && !ip_parse(&literal, s));
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

bool valid_address(const char *s)
{
	char text[IP_TEXT_MAX];
	struct ip ip;

	return ip_parse(&ip, s) && !ip_is_unspecified(&ip) && !strcmp(ip_text(text, &ip), s);
}

bool valid_list_line(const char *s)
{
	struct slice line;
	unsigned number;

	return address_value_split(s, &number, &line);
}

bool valid_listed(const char *s)
{
	return !strcmp(s, LISTED);
}

bool valid_not_listed(const char *s)
{
	return !strcmp(s, NOT_LISTED);
}

bool valid_listener(const char *s)
{
	unsigned port;
	int family;

	return listener_split(s, &port, &family);
}

bool valid_listening(const char *s)
{
	return !strcmp(s, LISTENING);
}

bool valid_not_listening(const char *s)
{
	return !strcmp(s, NOT_LISTENING);
}

bool valid_mail_address(const char *s)
{
	const char *at = strchr(s, '@');
	size_t local = at ? (size_t)(at - s) : 0;

	return local >= 1 && local <= 64 && text_is_domain(at + 1) &&
		strspn(s, LOWER UPPER DIGITS "!#%&'*+-.=?^_~") == local;
}

bool valid_mail_addresses(const char *s)
{
	struct slice rest = slice_of(s);
	char one[330];

	while (rest.n) {
		struct slice word = slice_cut(&rest, ' ');

		if (word.n >= sizeof(one))
			return false;
		memcpy(one, word.p, word.n);
		one[word.n] = '\0';
		if (!valid_mail_address(one) || (!rest.n && word.p[word.n]))
			return false;
	}
	return true;
}

/* An address that a panel forwards: as valid_mail_address, in lower case. */
bool valid_forwarded(const char *s)
{
	return valid_mail_address(s) && !strpbrk(s, UPPER);
}

static bool is_in_order(const char *list)
{
	char sorted[512];

	if (strlen(list) >= sizeof(sorted))
		return false;
	return !strcmp(text_sort_list(memcpy(sorted, list, strlen(list) + 1)), list);
}

bool valid_forwards(const char *s)
{
	struct slice rest = slice_of(s);
	char one[256];

	if (!strcmp(s, "none"))
		return true;
	if (!is_in_order(s))
		return false;
	do {
		struct slice word = slice_cut(&rest, ',');

		if (word.n >= sizeof(one))
			return false;
		memcpy(one, word.p, word.n);
		one[word.n] = '\0';
		if (!valid_forwarded(one) || (!rest.n && word.p[word.n]))
			return false;
	} while (rest.n);
	return true;
}

bool valid_default_address(const char *s)
{
	return !strcmp(s, ":fail:") || valid_forwarded(s);
}

bool valid_filtered(const char *s)
{
	const char *gt = strchr(s, '>');
	char from[256];

	if (!gt || (size_t)(gt - s) >= sizeof(from) || strlen(s) >= sizeof(from))
		return false;
	memcpy(from, s, (size_t)(gt - s));
	from[gt - s] = '\0';
	return (strchr(from, '@') ? valid_forwarded(from) : valid_domain(from)) &&
		valid_forwarded(gt + 1);
}

bool valid_filter_state(const char *s)
{
	struct slice digits = slice_of(s), word = slice_cut(&digits, ' ');

	return (slice_eq(word, "enabled") || slice_eq(word, "disabled")) &&
		s[word.n] && only(s + word.n + 1, 16, 16, DIGITS "abcdef");
}

bool valid_filter_name(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return false;
	return n >= 1 && n <= 127;
}

/* Not private, not multicast, not reserved (RFC 1112, RFC 4291). */
static bool is_public(const struct ip *ip)
{
	return !ip_is_private(ip) && ip->bytes[0] < (ip->family == 4 ? 224 : 255);
}

bool valid_targets(const char *s)
{
	struct slice rest = slice_of(s);
	struct ip ips[VALID_TARGETS_MAX];
	size_t n = 0, of[2] = { 0, 0 };
	char text[IP_TEXT_MAX];
	bool more;

	do {
		struct slice one;

		more = memchr(rest.p, ',', rest.n) != NULL;
		one = slice_cut(&rest, ',');
		if (n == VALID_TARGETS_MAX || !one.n || one.n >= sizeof(text))
			return false;
		memcpy(text, one.p, one.n);
		text[one.n] = '\0';
		if (!ip_parse(&ips[n], text) || !is_public(&ips[n]) ||
		    ++of[ips[n].family == 6] > VALID_TARGETS_MAX / 2)
			return false;
		for (size_t i = 0; i < n; i++)
			if (ip_equal(&ips[i], &ips[n]))
				return false;
		n++;
	} while (more);
	return true;
}

static bool are_probe_ports(struct slice rest)
{
	static const char *const known[] = { "25", "465", "587", "2525", "443" };
	bool more;
	unsigned seen = 0;

	do {
		struct slice one;
		size_t i = 0, n = sizeof(known) / sizeof(*known);

		more = memchr(rest.p, ',', rest.n) != NULL;
		one = slice_cut(&rest, ',');
		while (i < n && !slice_eq(one, known[i]))
			i++;
		if (i == n || seen & 1u << i)
			return false;
		seen |= 1u << i;
	} while (more);
	return true;
}

bool valid_probe(const char *s)
{
	struct slice account = slice_of(s), ports = slice_cut(&account, ' ');

	return are_probe_ports(ports) &&
		(!s[ports.n] || text_is_account(s + ports.n + 1));
}

bool valid_program(const char *s)
{
	return *s == '/' && only(s, 2, 255, LOWER UPPER DIGITS "/._+-") && !strstr(s, "/.") &&
		!strstr(s, "//");
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
