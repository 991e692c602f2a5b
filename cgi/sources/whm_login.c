#include <stdio.h>
#include <string.h>

#include "base/ip.h"
#include "sources/whm_login.h"

/* ---- the address ------------------------------------------------------ */

static int bad_address(struct err *e, const char *why)
{
	return err_set(e, ERR_INPUT, "the server is named as https://HOST[:%d]: %s",
		       WHM_PORT, why);
}

/* What stands before the port: up to the last colon, but not one within [ ]. */
static struct slice take_host(struct slice *rest)
{
	const char *end = rest->n && *rest->p == '[' ?
		memchr(rest->p, ']', rest->n) : NULL;
	struct slice host = *rest;

	if (!end)
		return slice_cut(rest, ':');
	host.n = (size_t)(end - rest->p) + 1;
	rest->p += host.n;
	rest->n -= host.n;
	if (rest->n && *rest->p == ':')
		rest->p++, rest->n--;
	else
		host.n = rest->n ? 0 : host.n;	/* "[::1]x" */
	return host;
}

static bool is_host(const char *s)
{
	char inner[IP_TEXT_MAX];
	size_t n = strlen(s);
	struct ip ip;

	if (*s != '[')
		return text_is_domain(s);
	if (n < 3 || n - 2 >= sizeof(inner))
		return false;
	memcpy(inner, s + 1, n - 2);
	inner[n - 2] = '\0';
	return ip_parse(&ip, inner) && strchr(inner, ':');
}

int whm_address_parse(struct whm_address *out, struct slice url, struct err *e)
{
	struct slice host;
	uint64_t port = WHM_PORT;

	if (slice_starts(url, "http://"))
		return bad_address(e, "over plain http everybody on the way could read the token");
	if (!slice_starts(url, "https://"))
		return bad_address(e, "it has to begin with https://");
	url.p += 8, url.n -= 8;
	if (url.n && url.p[url.n - 1] == '/')
		url.n--;
	if (memchr(url.p, '\0', url.n))
		return bad_address(e, "its host is neither a name nor an IP address");
	if (memchr(url.p, '@', url.n))
		return bad_address(e, "no login belongs into it; --token-file has it");
	if (memchr(url.p, '/', url.n) || memchr(url.p, '?', url.n))
		return bad_address(e, "nothing comes after the host and its port");
	host = take_host(&url);
	if (url.n && (!slice_uint(url, 65535, &port) || !port))
		return bad_address(e, "the port is a number up to 65535");
	if (!host.n || host.n >= sizeof(out->host))
		return bad_address(e, "it names no host");
	memcpy(out->host, host.p, host.n);
	out->host[host.n] = '\0';
	if (!is_host(out->host))
		return bad_address(e, "its host is neither a name nor an IP address");
	out->port = (unsigned)port;
	return 0;
}

/* ---- the login -------------------------------------------------------- */

static bool is_token(struct slice s)
{
	if (!s.n || s.n > WHM_TOKEN_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'A' && s.p[i] <= 'Z') ||
		      (s.p[i] >= 'a' && s.p[i] <= 'z') || s.p[i] == '-' || s.p[i] == '_'))
			return false;
	return true;
}

int whm_login_parse(struct whm_login *out, struct slice text, struct err *e)
{
	struct slice line, user = SLICE("root"), rest = text;

	if (!slice_line(&rest, &line) || rest.n)
		return err_set(e, ERR_INPUT, "a token file has one line, USER:TOKEN or TOKEN");
	if (memchr(line.p, ':', line.n))
		user = slice_cut(&line, ':');
	if (user.n >= sizeof(out->user) || memchr(user.p, '\0', user.n) || !is_token(line))
		return err_set(e, ERR_INPUT, "the token file's line is not USER:TOKEN or TOKEN, in letters and digits");
	memcpy(out->user, user.p, user.n);
	out->user[user.n] = '\0';
	memcpy(out->token, line.p, line.n);
	out->token[line.n] = '\0';
	if (!text_is_account(out->user))
		return err_set(e, ERR_INPUT, "what the token file names before the colon is no login of WHM");
	return 0;
}
