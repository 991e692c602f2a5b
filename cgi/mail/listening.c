#include <stdlib.h>
#include <string.h>

#include "mail/cursor.h"
#include "mail/listening.h"

#define LISTEN_STATE "0A"
#define NAME_BYTES 64	/* the kernel keeps 15 */

/* The next word of *s; empty at the end. */
static struct slice word(struct slice *s)
{
	*s = slice_trim(*s);
	return slice_cut(s, ' ');
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool hex(const char *p, size_t digits, uint32_t *out)
{
	*out = 0;
	for (size_t i = 0; i < digits; i++) {
		int d = digit(p[i]);

		if (d < 0)
			return false;
		*out = *out << 4 | (uint32_t)d;
	}
	return true;
}

/* "0100007F:0019": words of 32 bits as the machine holds them, then the port. */
static bool take_place(struct slice s, int family, struct listener *out)
{
	static const unsigned char zeros[16];
	size_t words = family == 4 ? 1 : 4;
	uint32_t w[4], port;

	if (s.n != words * 8 + 5 || s.p[words * 8] != ':' ||
	    !hex(s.p + words * 8 + 1, 4, &port))
		return false;
	for (size_t i = 0; i < words; i++)
		if (!hex(s.p + i * 8, 8, &w[i]))
			return false;
	out->any = !memcmp(w, zeros, words * 4);
	out->ip = ip_of_bytes(family, w);
	out->port = port;
	return true;
}

/* "0: LOCAL REMOTE STATE QUEUES TIMER RETRANSMITS UID TIMEOUT INODE …" */
static bool take_socket(struct slice line, int family, struct listener *out)
{
	struct slice field[10];
	uint64_t uid;

	for (size_t i = 0; i < 10; i++)
		field[i] = word(&line);
	memset(out, 0, sizeof(*out));
	if (!slice_eq(field[3], LISTEN_STATE) || !take_place(field[1], family, out) ||
	    !slice_uint(field[7], UINT32_MAX, &uid) ||
	    !slice_uint(field[9], UINT64_MAX, &out->inode))
		return false;
	out->uid = (unsigned)uid;
	return true;
}

static const char *printable(struct slice s, struct arena *a)
{
	char *out = arena_zalloc(a, NAME_BYTES + 1);

	for (size_t i = 0; i < s.n && i < NAME_BYTES; i++)
		out[i] = s.p[i] >= ' ' && s.p[i] < 0x7f ? s.p[i] : '?';
	return out;
}

static void take_process(struct slice line, struct listener *all, size_t n,
			 struct arena *a)
{
	struct slice inode = word(&line), pid = word(&line);
	uint64_t i, p;

	if (!slice_uint(inode, UINT64_MAX, &i) || !slice_uint(pid, UINT32_MAX, &p))
		return;
	for (size_t k = 0; k < n; k++)
		if (all[k].inode == i && !all[k].pid) {
			all[k].pid = (unsigned)p;
			all[k].program = printable(slice_trim(line), a);
		}
}

static int order(const void *pa, const void *pb)
{
	const struct listener *a = pa, *b = pb;

	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	if (a->ip.family != b->ip.family)
		return a->ip.family - b->ip.family;
	return memcmp(a->ip.bytes, b->ip.bytes, sizeof(a->ip.bytes));
}

size_t listening_read(struct slice text, struct arena *a,
		      const struct listener **out)
{
	struct listener *all = NULL, one;
	size_t n = 0, cap = 0;
	struct slice line, rest = text;

	while (n < LISTENERS_MAX && slice_line(&rest, &line)) {
		int family = cursor_take(&line, "tcp ") ? 4 :
			cursor_take(&line, "tcp6 ") ? 6 : 0;

		if (!family || !take_socket(line, family, &one))
			continue;
		all = arena_grow(a, all, n, &cap, sizeof(*all));
		all[n++] = one;
	}
	rest = text;
	while (slice_line(&rest, &line))
		if (cursor_take(&line, "process "))
			take_process(line, all, n, a);
	if (n)
		qsort(all, n, sizeof(*all), order);
	*out = all;
	return n;
}

static bool serves(const struct listener *l, int family, const struct ip *ip)
{
	if (l->ip.family != family)
		return false;
	if (ip)
		return l->any || ip_equal(&l->ip, ip);
	return l->any || !ip_is_loopback(&l->ip);
}

const struct listener *listening_find(const struct listener *all, size_t n,
				      int family, unsigned port,
				      const struct ip *ip, bool *maybe)
{
	*maybe = false;
	for (size_t i = 0; i < n; i++)
		if (all[i].port == port && serves(&all[i], family, ip))
			return &all[i];
	for (size_t i = 0; i < n && family == 4; i++)
		if (all[i].port == port && all[i].ip.family == 6 && all[i].any) {
			*maybe = true;
			return &all[i];
		}
	return NULL;
}
