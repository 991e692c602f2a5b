#include <string.h>
#include <strings.h>

#include "mail/forward_differ.h"

static bool is_cut(const struct path_step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (steps[i].end == PATH_CUT)
			return true;
	return false;
}

/* Exim does not know either, or there is more than is read. */
static bool is_vague(const struct exim_route *routes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (routes[i].kind == EXIM_ROUTE_DEFER || routes[i].kind == EXIM_ROUTE_UNKNOWN)
			return true;
	return !n || n == EXIM_ROUTES_MAX;
}

/* An account's own mailbox stands without a domain in a line. */
static bool is_account(const struct path_step *s, const char *address)
{
	const char *name = s->text + (*s->text == '\\');
	size_t n = strlen(name);

	return s->kind == FORWARD_ACCOUNT && !strncasecmp(address, name, n) && address[n] == '@';
}

static bool has_step(const struct path_step *steps, size_t n, const char *address)
{
	for (size_t i = 0; i < n; i++)
		if (!strcasecmp(steps[i].text, address) || is_account(&steps[i], address))
			return true;
	return false;
}

static bool has_route(const struct exim_route *routes, size_t n, const char *address)
{
	for (size_t i = 0; i < n; i++)
		if (routes[i].address && !strcasecmp(routes[i].address, address))
			return true;
	return false;
}

/* Only lines lead there: each step above, up to the first, is an address that goes on by
 * its own line. */
static bool is_by_lines(const struct path_step *steps, size_t at)
{
	unsigned depth = steps[at].depth;

	for (size_t i = at; i--;) {
		if (steps[i].depth >= depth)
			continue;
		depth = steps[i].depth;
		if (steps[i].end != PATH_GOES_ON || steps[i].kind != FORWARD_ADDRESS ||
		    !strncmp(steps[i].text, "*@", 2) || !steps[i].line)
			return false;
	}
	return true;
}

/* Pipes and files have the account before them in Exim's text. */
static bool is_compared(const struct exim_route *r)
{
	return (r->kind == EXIM_ROUTE_LOCAL || r->kind == EXIM_ROUTE_REMOTE) && r->address &&
		strchr(r->address, '@') && *r->address != '|' && *r->address != '/';
}

size_t forward_differ(const struct path_step *steps, size_t n, struct slice bt,
		      const char *out[FORWARD_DIFFER_MAX], struct arena *a)
{
	const struct exim_route *routes;
	size_t nroutes = exim_routes(bt, a, &routes), found = 0;

	if (is_cut(steps, n) || is_vague(routes, nroutes))
		return 0;
	for (size_t i = 0; i < nroutes && found < FORWARD_DIFFER_MAX; i++)
		if (is_compared(&routes[i]) && !has_step(steps, n, routes[i].address))
			out[found++] = arena_printf(a, "Exim brings it to %s as well, which the forwarders here do not show",
						    routes[i].address);
	for (size_t i = 0; i < n && found < FORWARD_DIFFER_MAX; i++)
		if (i && steps[i].end == PATH_OUTSIDE && is_by_lines(steps, i) &&
		    !has_route(routes, nroutes, steps[i].text))
			out[found++] = arena_printf(a, "the forwarders here lead to %s, and Exim does not send it there",
						    steps[i].text);
	return found;
}
