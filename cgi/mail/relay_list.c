#include <string.h>

#include "mail/cursor.h"
#include "mail/relay_list.h"
#include "mail/ruleset.h"

#define KEY_MAX 64
#define LINE_KEPT 200
#define OURS " # Relay Doctor: trusted until "	/* the helper's; it ends by itself */
#define WIDE_V4 29
#define WIDE_V6 64

static bool ends_key(char c)
{
	return c == ':' || c == ' ' || c == '\t' || c == '\r';
}

static unsigned prefix_of(const struct fw_net *net)
{
	unsigned bits = 0, max = net->from.family == 4 ? 32 : 128;

	while (bits < max && !((net->from.bytes[bits / 8] ^ net->to.bytes[bits / 8]) &
			       (0x80u >> bits % 8)))
		bits++;
	return bits;
}

/* No range and no netmask: Exim reads neither. */
static bool take_net(struct slice key, struct relay_entry *out)
{
	const char *slash = key.n ? memchr(key.p, '/', key.n) : NULL;
	uint64_t ignored;

	if (!key.n || key.n > KEY_MAX || memchr(key.p, '-', key.n) ||
	    (slash && !slice_uint(cursor_drop(key, (size_t)(slash - key.p) + 1), 128,
				  &ignored)) ||
	    !net_parse(key, &out->net))
		return false;
	out->key = key;
	out->prefix = prefix_of(&out->net);
	return true;
}

static struct slice key_of(struct slice line)
{
	struct slice key = line;
	size_t at;

	if (cursor_take(&key, "\"")) {
		key.n = cursor_find(key, "\"", &at) ? at : 0;
		return key;
	}
	for (key.n = 0; key.n < line.n && !ends_key(line.p[key.n]);)
		key.n++;
	return key;
}

/* "2001:db8::/32 comment", whole */
static struct slice word_of(struct slice line)
{
	size_t n = 0;

	while (n < line.n && (!ends_key(line.p[n]) || line.p[n] == ':'))
		n++;
	return (struct slice){ line.p, n };
}

bool relay_list_next(struct relay_list *l, struct relay_entry *out)
{
	struct slice line;

	while (slice_line(&l->rest, &line)) {
		out->line = ++l->line;
		out->whole = line;
		if (slice_starts(line, "#"))
			continue;
		if (take_net(key_of(line), out) || take_net(word_of(line), out))
			return true;
	}
	return false;
}

bool relay_is_wide(const struct relay_entry *x)
{
	if (ip_is_loopback(&x->net.from) && ip_is_loopback(&x->net.to))
		return false;
	return x->prefix < (x->net.from.family == 4 ? WIDE_V4 : WIDE_V6);
}

static bool is_host(const struct fw_net *net)
{
	return ip_equal(&net->from, &net->to);
}

bool relay_is_single(const struct relay_net *x)
{
	return is_host(&x->net);
}

static struct relay_net *known(const struct relay_facts *all, const char *path,
			       const struct relay_entry *x)
{
	for (size_t i = 0; i < all->n; i++)
		if (!strcmp(all->nets[i].path, path) && all->nets[i].prefix == x->prefix &&
		    ip_equal(&all->nets[i].net.from, &x->net.from))
			return &all->nets[i];
	return NULL;
}

/* As the helper can put it back. */
static const char *whole_line(struct slice line, struct arena *a)
{
	for (size_t i = 0; i < line.n; i++)
		if (((unsigned char)line.p[i] < ' ' && line.p[i] != '\t') || line.p[i] == 0x7f)
			return NULL;
	return line.n <= LINE_KEPT ? arena_strndup(a, line.p, line.n) : NULL;
}

static bool is_kept_single(const struct relay_entry *x)
{
	size_t at;

	return is_host(&x->net) && !ip_is_loopback(&x->net.from) &&
		!cursor_find(x->whole, OURS, &at);
}

static void take(struct slice text, const char *path,
		 bool (*wanted)(const struct relay_entry *x), size_t max, struct arena *a,
		 struct relay_facts *out, size_t *cap)
{
	struct relay_list l = { text, 0 };
	struct relay_entry x;

	while (relay_list_next(&l, &x)) {
		struct relay_net *same;

		if (!wanted(&x))
			continue;
		same = known(out, path, &x);
		if (same) {
			same->again++;
			continue;
		}
		if (out->n >= max) {
			out->odd++;
			continue;
		}
		out->nets = arena_grow(a, out->nets, out->n, cap, sizeof(*out->nets));
		out->nets[out->n++] = (struct relay_net){
			.path = path, .line = x.line,
			.text = arena_strndup(a, x.key.p, x.key.n),
			.line_text = whole_line(x.whole, a),
			.net = x.net, .prefix = x.prefix,
		};
	}
}

void relay_list_wide(struct slice text, const char *path, struct arena *a,
		     struct relay_facts *out, size_t *cap)
{
	take(text, path, relay_is_wide, RELAY_NETS_MAX, a, out, cap);
}

void relay_list_singles(struct slice text, const char *path, struct arena *a,
			struct relay_facts *out, size_t *cap)
{
	take(text, path, is_kept_single, RELAY_USE_MAX, a, out, cap);
}

struct ip relay_address_in(const struct relay_net *x)
{
	static const char *const nobodys[] = { "198.51.100.77", "2001:db8:ffff::77" };
	struct ip ip;

	ip_parse(&ip, nobodys[x->net.from.family == 6]);
	if (net_has(&x->net, &ip))
		return ip;
	ip = x->net.from;
	if (relay_is_single(x))
		return ip;
	ip.bytes[ip.family == 6 ? 15 : 3] |= 1;
	return ip;
}
