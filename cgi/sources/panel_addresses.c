#include <string.h>

#include "base/json.h"
#include "sources/dns_packet.h"
#include "sources/panel_parts.h"
#include "sources/whm_reply.h"

void panel_add_address(struct panel *p, const char *text)
{
	struct ip ip;

	if (text && p->own.n < PANEL_ADDRESSES_MAX && ip_parse(&ip, text))
		address_list_add(&p->own, &ip);
}

/* An address that is not active is on no interface. The public one is what the
 * world sees where the server stands behind NAT. */
static void take_row(struct panel *p, json_object *row)
{
	if (json_flag(row, "active") == 0)
		return;
	panel_add_address(p, json_text(row, "ip"));
	panel_add_address(p, json_text(row, "public_ip"));
}

void panel_take_addresses(struct panel *p, json_object *listips, json_object *shared)
{
	json_object *rows = json_member(json_member(listips, "data"), "ip");
	struct err e;

	if (whm_reply_check(listips, "listips", &e)) {
		panel_explain(p, "listips", NULL, &e);
		p->addresses_why = arena_strdup(p->a, e.text);
		return;
	}
	for (size_t i = 0; i < json_count(rows); i++)
		take_row(p, json_object_array_get_idx(rows, i));
	if (!p->own.n)
		p->addresses_why = "listips: the answer names no address";
	/* "~" where there is none */
	panel_add_address(p, json_text(json_member(shared, "data"), "ip"));
}

/* ---- IPv6, which listips leaves out ----------------------------------- */

struct name_lookup {
	struct dns_batch batch;	/* first: the callbacks get it */
	struct panel *p;
	unsigned next;
	struct address_list found;
	struct dns_answer answer;
};

static const uint16_t types[] = { ns_t_a, ns_t_aaaa };

static bool next(struct dns_batch *b, struct dns_question *q, void **tag)
{
	struct name_lookup *l = (struct name_lookup *)b;

	if (l->next == sizeof(types) / sizeof(*types))
		return false;
	*q = (struct dns_question){ .name = l->p->f->hostname, .type = types[l->next] };
	*tag = (void *)(uintptr_t)l->next++;
	return true;
}

static void answer(struct dns_batch *b, void *tag, enum dns_status status,
		   const unsigned char *packet, size_t n)
{
	struct name_lookup *l = (struct name_lookup *)b;
	const struct dns_question q = {
		.name = l->p->f->hostname, .type = types[(uintptr_t)tag],
	};

	dns_answer_read(&l->answer, &q, status, packet, n);
	for (size_t i = 0; i < l->answer.n; i++)
		address_list_add(&l->found, &l->answer.records[i].ip);
}

static bool is_own(const struct panel *p, const struct ip *ip)
{
	for (size_t i = 0; i < p->own.n; i++)
		if (ip_equal(&p->own.ips[i], ip))
			return true;
	return false;
}

/* Only a name that leads to an address known to be the server's is believed
 * about the others. */
static void add_by_name(struct panel *p)
{
	struct name_lookup *l = arena_zalloc(p->a, sizeof(*l));
	bool leads_here = false;
	struct err e;

	l->batch.next = next;
	l->batch.answer = answer;
	l->p = p;
	l->found.arena = p->a;
	if (p->w->ops->dns(p->w, &l->batch, &e))
		return;
	for (size_t i = 0; i < l->found.n; i++)
		leads_here |= is_own(p, &l->found.ips[i]);
	for (size_t i = 0; i < l->found.n && leads_here; i++)
		address_list_add(&p->own, &l->found.ips[i]);
}

void panel_set_addresses(struct panel *p)
{
	struct source_status *s = &p->f->source[SOURCE_ADDRESSES];

	for (size_t i = 0; i < p->wish->naddresses; i++)
		address_list_add(&p->own, &p->wish->addresses[i]);
	if (p->f->hostname && p->own.n && p->w->ops->dns)
		add_by_name(p);
	p->f->own = p->own.ips;
	p->f->nown = p->own.n;
	s->state = SOURCE_OK;
	if (p->own.n >= PANEL_ADDRESSES_MAX)
		s->why = "the server names more addresses than can be true";
	else if (p->addresses_why && !p->wish->naddresses)
		s->why = arena_printf(p->a, "%s; name every address of that server with --address instead",
				      p->addresses_why);
	if (s->why)
		s->state = SOURCE_FAILED;
}
