#include <string.h>

#include "mail/exim_list.h"
#include "mail/exim_ports.h"
#include "mail/key_value.h"

#define ITEM_MAX 128

/* ---- one port ----------------------------------------------------------- */

/* The services that mail has (IANA); Exim would look any up. */
static bool take_port(struct slice s, unsigned *port)
{
	static const struct {
		const char *name;
		unsigned port;
	} services[] = {
		{ "smtp", 25 }, { "mail", 25 }, { "smtps", 465 }, { "ssmtp", 465 },
		{ "submissions", 465 }, { "urd", 465 }, { "submission", 587 },
		{ "msa", 587 },
	};
	uint64_t n;

	if (slice_uint(s, 65535, &n)) {
		*port = (unsigned)n;
		return n > 0;
	}
	for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++)
		if (slice_eq(s, services[i].name)) {
			*port = services[i].port;
			return true;
		}
	return false;
}

/* ---- lists -------------------------------------------------------------- */

struct reading {
	struct arena *arena;
	struct wanted_port *all;
	size_t n;
	unsigned ports[EXIM_PORTS_MAX], tls[EXIM_PORTS_MAX];
	size_t nports, ntls;
	const char *why;
};

static void complain(struct reading *r, const char *option, struct slice item)
{
	if (!r->why)
		r->why = arena_printf(r->arena, "“%.*s” in %s is not understood",
				      (int)(item.n < 60 ? item.n : 60), item.p, option);
}

static struct slice value_of(struct slice bp, const char *option,
			     const char *otherwise, struct arena *a)
{
	const char *value = exim_option(bp, option, a);

	return slice_of(value ? value : otherwise);
}

static size_t take_ports(struct reading *r, struct slice bp, const char *option,
			 const char *otherwise, unsigned out[EXIM_PORTS_MAX])
{
	struct slice list = value_of(bp, option, otherwise, r->arena);
	char separator = exim_list_separator(&list);
	size_t n = 0;

	while (list.n) {
		struct slice item = exim_list_item(&list, separator);

		if (!item.n)
			continue;
		if (n == EXIM_PORTS_MAX || !take_port(item, &out[n]))
			complain(r, option, item);
		else
			n++;
	}
	return n;
}

/* ---- interfaces --------------------------------------------------------- */

/* As Exim reads a list item: a doubled separator stands for one. */
static bool undouble(char out[ITEM_MAX], struct slice item, char separator)
{
	size_t n = 0;

	for (size_t i = 0; i < item.n; i++) {
		if (n + 1 >= ITEM_MAX || !item.p[i])
			return false;
		out[n++] = item.p[i];
		if (item.p[i] == separator && i + 1 < item.n &&
		    item.p[i + 1] == separator)
			i++;
	}
	out[n] = '\0';
	return n > 0;
}

/* "[address]:port", "[address]", "address.port" (the fifth number of an IPv4
 * one, what follows the last dot of an IPv6 one), or an address alone. */
static bool take_interface(char *text, struct ip *ip, unsigned *port)
{
	char *end, *dot;

	*port = 0;
	if (*text == '[') {
		end = strchr(text, ']');
		if (!end)
			return false;
		*end++ = '\0';
		return ip_parse(ip, text + 1) && (!*end || (*end == ':' &&
			take_port(slice_of(end + 1), port)));
	}
	if (ip_parse(ip, text))
		return true;
	dot = strrchr(text, '.');
	if (!dot)
		return false;
	*dot = '\0';
	return ip_parse(ip, text) && take_port(slice_of(dot + 1), port);
}

static bool is_any(const struct ip *ip)
{
	static const unsigned char zeros[16];

	return !memcmp(ip->bytes, zeros, ip->family == 4 ? 4 : 16);
}

static bool has(const unsigned *ports, size_t n, unsigned port)
{
	for (size_t i = 0; i < n; i++)
		if (ports[i] == port)
			return true;
	return false;
}

static void add(struct reading *r, const struct ip *ip, unsigned port,
		const char *from)
{
	struct wanted_port *w = &r->all[r->n];

	if (r->n == EXIM_PORTS_MAX) {
		complain(r, from, SLICE("more of it"));
		return;
	}
	*w = (struct wanted_port){
		.ip = *ip, .any = is_any(ip), .port = port, .from = from,
		.tls_first = has(r->tls, r->ntls, port),
	};
	r->n++;
}

static void add_interface(struct reading *r, struct slice item, char separator)
{
	char text[ITEM_MAX];
	struct ip ip;
	unsigned port;

	if (!undouble(text, item, separator) || !take_interface(text, &ip, &port)) {
		complain(r, "local_interfaces", item);
		return;
	}
	if (port) {
		add(r, &ip, port, "local_interfaces");
		return;
	}
	for (size_t i = 0; i < r->nports; i++)
		add(r, &ip, r->ports[i], "daemon_smtp_ports");
}

size_t exim_ports_read(struct slice bp, struct arena *a,
		       const struct wanted_port **out, const char **why)
{
	struct reading r = { .arena = a };
	struct slice list;
	char separator;

	r.all = arena_zalloc(a, EXIM_PORTS_MAX * sizeof(*r.all));
	r.nports = take_ports(&r, bp, "daemon_smtp_ports", "smtp", r.ports);
	r.ntls = take_ports(&r, bp, "tls_on_connect_ports", "", r.tls);
	list = value_of(bp, "local_interfaces", "<; ::0 ; 0.0.0.0", a);
	separator = exim_list_separator(&list);
	while (list.n) {
		struct slice item = exim_list_item(&list, separator);

		if (item.n)
			add_interface(&r, item, separator);
	}
	*out = r.all;
	*why = r.why;
	return r.n;
}

/* ---- cPanel's further ports --------------------------------------------- */

size_t exim_ports_extra(struct slice chkservd, unsigned *out, size_t max)
{
	struct key_value lines;
	struct key_value_pair x;
	size_t n = 0;

	key_value_init(&lines, chkservd);
	while (key_value_next(&lines, &x)) {
		struct slice rest = slice_of(x.key), piece;

		if (!slice_starts(rest, "exim-") || !slice_eq(x.value, "1"))
			continue;
		rest.p += strlen("exim-");
		rest.n -= strlen("exim-");
		while (rest.n && n < max) {
			piece = slice_cut(&rest, ',');
			if (take_port(piece, &out[n]) && !has(out, n, out[n]))
				n++;
		}
	}
	return n;
}
