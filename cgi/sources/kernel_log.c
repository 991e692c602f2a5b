#include <stdlib.h>
#include <string.h>

#include "mail/kernel_log.h"
#include "sources/kernel_log.h"
#include "sources/log.h"

#define HITS_MAX 512

struct look {
	const struct facts *f;
	int64_t now, from;	/* as the server's clock shows them */
	struct kernel_hit *hits;
	size_t n;
};

static bool is_mail_port(const struct kernel_line *l)
{
	static const uint16_t in[] = { 25, 26, 465, 587, 110, 143, 993, 995 };
	/* Those that go out come first. */
	size_t n = l->out ? 4 : sizeof(in) / sizeof(*in);

	for (size_t i = 0; i < n; i++)
		if (in[i] == l->port)
			return true;
	return false;
}

static int by_address(const void *key, const void *client)
{
	const struct ip *a = key, *b = &((const struct known_client *)client)->ip;

	return a->family != b->family ? (int)a->family - (int)b->family :
		memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

/* There are as many lines of strangers as they like. */
static bool matters(const struct facts *f, const struct ip *ip)
{
	const struct blocking_facts *b = &f->blocking;

	return facts_own_address(f, ip) || (b->asked && ip_equal(b->asked, ip)) ||
		(b->nclients && bsearch(ip, b->clients, b->nclients, sizeof(*b->clients),
					by_address));
}

static bool is_of(const struct kernel_hit *h, const struct kernel_line *l)
{
	return h->out == l->out && h->port == l->port && (l->out ?
		h->has_uid == l->has_uid && h->uid == l->uid : ip_equal(&h->src, &l->src));
}

static void take_line(void *ctx, struct slice line)
{
	struct look *k = ctx;
	struct kernel_line l;
	size_t i = 0;

	if (!kernel_line_read(line, k->now, &l) || !is_mail_port(&l) || l.wall < k->from ||
	    (!l.out && !matters(k->f, &l.src)))
		return;
	while (i < k->n && !is_of(&k->hits[i], &l))
		i++;
	if (i == HITS_MAX)
		return;
	if (i == k->n)
		k->hits[k->n++] = (struct kernel_hit){ .out = l.out, .port = l.port,
			.has_uid = l.has_uid, .uid = l.uid, .src = l.src };
	k->hits[i].count++;
	k->hits[i].last = log_utc_here(l.wall);
}

void kernel_log_gather(struct world *w, struct facts *f, struct arena *a)
{
	static const enum world_file files[] = { WORLD_KERNEL_MESSAGES, WORLD_KERNEL_LOG };
	struct look k = { .f = f, .now = log_wall_here(f->now) };
	struct world_mode ignored;
	struct err e;

	k.from = k.now - KERNEL_LOG_DAYS * 86400;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		int fd = w->ops->file ? w->ops->file(w, files[i], &ignored, &e) : -1;

		if (fd < 0)
			continue;
		k.hits = arena_zalloc(a, HITS_MAX * sizeof(*k.hits));
		log_lines_of(fd, KERNEL_LOG_LOOK, take_line, &k);
		f->blocking.kernel = (struct kernel_log){
			.file = world_files[files[i]].path, .hits = k.hits, .n = k.n,
		};
		return;
	}
}
