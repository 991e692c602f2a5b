#include <stdint.h>
#include <string.h>

#include "mail/cursor.h"
#include "mail/exim_log.h"
#include "mail/redirect.h"
#include "mail/return_look.h"

#define ID_SHOWN 100
#define RETURNS_TELL 2		/* fewer are a mistake of the other host's */

struct arrival {
	uint64_t message;	/* hash of Exim's own id; 0: free */
	uint64_t id;		/* hash of the Message-ID */
	struct ip from;
	char text[ID_SHOWN];	/* the Message-ID, printable */
};

struct departure {
	uint64_t key;		/* of Message-ID and address; 0: free */
	uint64_t message;
	struct ip to;
	unsigned returns;
	struct mail_return *told;
};

struct return_look {
	struct facts *facts;
	struct arena *arena;
	int64_t (*utc)(int64_t wall);
	struct arrival *in;		/* NULL: nothing is forwarded out */
	struct departure *out;
	struct mail_return *all;
};

static bool leaves(const struct forward_facts *f)
{
	for (size_t i = 0; i < f->nnodes; i++)
		for (uint32_t k = f->nodes[i].first;
		     f->nodes[i].here && k < f->nodes[i].first + f->nodes[i].n; k++)
			if (f->edges[k].kind == FORWARD_ADDRESS && !f->nodes[f->edges[k].to].here)
				return true;
	return false;
}

struct return_look *return_look_new(struct facts *f, struct arena *a,
				    int64_t (*utc)(int64_t wall))
{
	struct return_look *l = arena_zalloc(a, sizeof(*l));

	*l = (struct return_look){ .facts = f, .arena = a, .utc = utc };
	if (!leaves(&f->forwarding))
		return l;
	l->in = arena_zalloc(a, RETURN_SLOTS * sizeof(*l->in));
	l->out = arena_zalloc(a, RETURN_SLOTS * sizeof(*l->out));
	l->all = arena_zalloc(a, RETURNS_REMEMBERED * sizeof(*l->all));
	f->forwarding.returns = l->all;
	return l;
}

/* FNV-1a; never 0. */
static uint64_t hash(uint64_t h, struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
	return h ? h : 1;
}

#define HASH_BEGIN 0xcbf29ce484222325u

static const char *shown(char out[ID_SHOWN], struct slice s)
{
	char raw[ID_SHOWN];

	if (s.n >= sizeof(raw))
		s.n = sizeof(raw) - 1;
	memcpy(raw, s.p, s.n);
	raw[s.n] = '\0';
	return text_printable(out, ID_SHOWN, text_end_whole(raw));
}

static void arrive(struct return_look *l, const struct exim_log_line *x)
{
	struct slice id = exim_log_field(x, "id");
	uint64_t message = hash(HASH_BEGIN, x->msgid);
	struct arrival *a = &l->in[message % RETURN_SLOTS];

	if (!id.n || !x->host.ip.family)
		return;
	*a = (struct arrival){ message, hash(HASH_BEGIN, id), x->host.ip, "" };
	shown(a->text, id);
}

static void tell(struct return_look *l, struct departure *d, const struct arrival *a,
		 const struct exim_log_line *x, const char *to)
{
	struct forward_facts *f = &l->facts->forwarding;
	char address[ADDRESS_TEXT_MAX], host[IP_TEXT_MAX];

	if (!d->told) {
		if (f->nreturns == RETURNS_REMEMBERED || !redirect_address(address, x->orig))
			return;
		d->told = &l->all[f->nreturns++];
		*d->told = (struct mail_return){
			.address = arena_strdup(l->arena, address),
			.to = arena_strdup(l->arena, to),
			.host = arena_strdup(l->arena, ip_text(host, &a->from)),
			.id = arena_strdup(l->arena, a->text),
		};
	}
	d->told->times = d->returns;
	d->told->last = exim_log_utc(x, l->utc);
}

static void leave(struct return_look *l, const struct exim_log_line *x)
{
	uint64_t message = hash(HASH_BEGIN, x->msgid), key;
	const struct arrival *a = &l->in[message % RETURN_SLOTS];
	char to[ADDRESS_TEXT_MAX];
	struct departure *d;

	if (a->message != message || !x->host.ip.family || !redirect_address(to, x->addr))
		return;
	key = hash(a->id, slice_of(to));
	d = &l->out[key % RETURN_SLOTS];
	if (d->key != key)
		*d = (struct departure){ .key = key };
	else if (d->message != message && ip_equal(&d->to, &a->from) &&
		 ++d->returns >= RETURNS_TELL)
		tell(l, d, a, x, to);
	d->message = message;
	d->to = x->host.ip;
}

void return_look_line(struct return_look *l, struct slice line)
{
	struct exim_log_line x;
	size_t ignored;

	if (!l->in || !cursor_find(line, " H=", &ignored) ||
	    (!cursor_find(line, " <= ", &ignored) && !cursor_find(line, " => ", &ignored)))
		return;
	exim_log_parse(line, &x);
	if (!x.msgid.n)
		return;
	if (x.type == EXIM_LOG_ARRIVAL)
		arrive(l, &x);
	else if (x.type == EXIM_LOG_DELIVERY && x.orig.n)
		leave(l, &x);
}
