/* ares_query and its like are deprecated from 1.28 on, by functions that the
 * oldest release we build with does not have. */
#define CARES_NO_DEPRECATED

#include <arpa/inet.h>
#include <ares.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/compat.h"
#include "base/io.h"
#include "sources/dns_client.h"
#include "sources/dns_packet.h"

/* The first try waits TRY_MS, the next twice that, and so on: one server is
 * asked after 0, 1.4 and 4.2 s, and given up before a fourth. Releases from
 * 1.32 on wait less for a server that is usually quick, hence five. */
#define TRY_MS 1400
#define TRIES 5
/* A server asked itself: after 0, 0.7 and 2.1 s. */
#define SERVER_TRY_MS 700
#define SERVER_TRIES 3
#define UDP_PAYLOAD 1232	/* DNS flag day 2020: passes unfragmented */
#define TICK_MS 50
/* The kernel takes twice this, up to its own limit: room for a whole flight of
 * small answers, each of which it counts as 768 bytes, where the usual default
 * drops a third. */
#define RECEIVE_BUFFER (DNS_IN_FLIGHT * 768)

struct inquiry {
	struct inquiry *prev, *next;
	struct queue *queue;	/* NULL: the batch has its answer already */
	struct server *server;
	void *tag;
	int64_t asked;
};

/* Inquiries in the order they were asked. */
struct queue {
	struct inquiry *first, *last;
	size_t n;
};

/* One that is asked: the resolver, or a name server itself. */
struct server {
	struct server *next;
	struct client *client;
	struct ip ip;		/* family 0: the resolver */
	ares_channel channel;
	bool heard;	/* some answer came */
	bool dead;	/* none did, and a question was given up */
};

struct client {
	struct dns_batch *batch;
	struct server resolver, *servers;
	struct pollfd *fds;
	struct server **of;	/* whose each of fds is */
	size_t nfds, cap;
	struct queue fresh, slow;
	int64_t now, ticked;
};

static void queue_add(struct queue *q, struct inquiry *i)
{
	i->queue = q;
	i->next = NULL;
	i->prev = q->last;
	*(q->last ? &q->last->next : &q->first) = i;
	q->last = i;
	q->n++;
}

static void queue_remove(struct inquiry *i)
{
	struct queue *q = i->queue;

	*(i->prev ? &i->prev->next : &q->first) = i->next;
	*(i->next ? &i->next->prev : &q->last) = i->prev;
	i->queue = NULL;
	q->n--;
}

static void settle(struct inquiry *i, enum dns_status status,
		   const unsigned char *packet, size_t n)
{
	struct server *s = i->server;
	struct dns_batch *b = s->client->batch;

	queue_remove(i);
	if (status == DNS_TIMEOUT && !s->heard)
		s->dead = true;
	b->answer(b, i->tag, status, packet, n);
}

/* With a packet the rcode in it decides, not what c-ares makes of it. */
static void on_end(void *arg, int status, int timeouts, unsigned char *packet,
		   int n)
{
	struct inquiry *i = arg;

	(void)timeouts;
	if (i->queue && packet && n >= NS_HFIXEDSZ) {
		i->server->heard = true;
		settle(i, DNS_OK, packet, (size_t)n);
	} else if (i->queue) {
		bool silent = status == ARES_ETIMEOUT ||
			status == ARES_ECONNREFUSED;

		settle(i, silent ? DNS_TIMEOUT : DNS_MALFORMED, NULL, 0);
	}
	free(i);
}

static void grow(struct client *c)
{
	if (c->nfds < c->cap)
		return;
	c->cap = c->cap ? c->cap * 2 : 8;
	c->fds = realloc(c->fds, c->cap * sizeof(*c->fds));
	c->of = realloc(c->of, c->cap * sizeof(*c->of));
	if (!c->fds || !c->of)
		abort();
}

static void on_socket(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct server *s = arg;
	struct client *c = s->client;
	short events = (short)((readable ? POLLIN : 0) | (writable ? POLLOUT : 0));
	size_t i = 0;

	while (i < c->nfds && c->fds[i].fd != fd)
		i++;
	if (!events) {
		if (i < c->nfds) {
			c->fds[i] = c->fds[--c->nfds];
			c->of[i] = c->of[c->nfds];
		}
		return;
	}
	grow(c);
	c->fds[i] = (struct pollfd){ .fd = fd, .events = events };
	c->of[i] = s;
	if (i == c->nfds)
		c->nfds++;
}

static bool parse_port(const char *s, int *port)
{
	char *end;
	unsigned long v = strtoul(s, &end, 10);

	*port = (int)v;
	return *s >= '0' && *s <= '9' && !*end && v > 0 && v <= 65535;
}

static bool parse_resolver(const char *s, struct ip *ip, int *port)
{
	char host[IP_TEXT_MAX];
	const char *end, *rest;

	*port = NS_DEFAULTPORT;
	if (ip_parse(ip, s))
		return true;
	end = strchr(s, *s == '[' ? ']' : ':');
	if (!end)
		return false;
	rest = end + (*end == ']');
	s += *s == '[';
	if ((size_t)(end - s) >= sizeof(host) || (*rest && *rest != ':'))
		return false;
	memcpy(host, s, (size_t)(end - s));
	host[end - s] = '\0';
	return ip_parse(ip, host) && (!*rest || parse_port(rest + 1, port));
}

static int not_a_resolver(const char *resolver, struct err *e)
{
	return err_set(e, ERR_INPUT, "\"%s\" is not a resolver: give an address, "
		       "or ADDRESS:PORT, with an IPv6 address in brackets",
		       resolver);
}

static int use_address(ares_channel channel, const struct ip *ip, int port,
		       struct err *e)
{
	struct ares_addr_port_node node = {
		.family = ip->family == 4 ? AF_INET : AF_INET6,
		.udp_port = port, .tcp_port = port,
	};
	char text[IP_TEXT_MAX];

	memcpy(&node.addr, ip->bytes, ip->family == 4 ? 4 : 16);
	if (ares_set_servers_ports(channel, &node) == ARES_SUCCESS)
		return 0;
	return err_set(e, ERR_UNAVAILABLE, "the name server %s cannot be used",
		       ip_text(text, ip));
}

static int use_resolver(ares_channel channel, const char *resolver,
			struct err *e)
{
	struct ip ip;
	int port;

	if (!parse_resolver(resolver, &ip, &port))
		return not_a_resolver(resolver, e);
	return use_address(channel, &ip, port, e);
}

static int channel_open(struct server *s, struct err *e)
{
	bool itself = s->ip.family != 0;
	struct ares_options o = {
		.flags = ARES_FLAG_STAYOPEN | ARES_FLAG_NOCHECKRESP |
			ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES |
			(itself ? ARES_FLAG_NORECURSE : 0),
		.timeout = itself ? SERVER_TRY_MS : TRY_MS,
		.tries = itself ? SERVER_TRIES : TRIES, .ednspsz = UDP_PAYLOAD,
		.socket_receive_buffer_size = RECEIVE_BUFFER,
		.sock_state_cb = on_socket, .sock_state_cb_data = s,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
		ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_RCVBUF | ARES_OPT_SOCK_STATE_CB, rc;

	ares_without_cache(&o, &mask);
	rc = ares_library_init(ARES_LIB_INIT_ALL);
	if (rc == ARES_SUCCESS) {
		rc = ares_init_options(&s->channel, &o, mask);
		if (rc != ARES_SUCCESS)
			ares_library_cleanup();
	}
	if (rc != ARES_SUCCESS)
		return err_set(e, ERR_UNAVAILABLE,
			       "the resolver library does not start: %s",
			       ares_strerror(rc));
	return 0;
}

static void channel_close(ares_channel channel)
{
	ares_destroy(channel);
	ares_library_cleanup();
}

/* The server that the question is for, asked before or not; NULL: it cannot be
 * asked. */
static struct server *server_of(struct client *c, const struct ip *ip)
{
	struct server *s = c->servers;
	struct err ignored;

	if (!ip->family)
		return &c->resolver;
	while (s && !ip_equal(&s->ip, ip))
		s = s->next;
	if (s)
		return s;
	s = calloc(1, sizeof(*s));
	if (!s)
		abort();
	*s = (struct server){ .next = c->servers, .client = c, .ip = *ip };
	if (channel_open(s, &ignored)) {
		free(s);
		return NULL;
	}
	s->dead = use_address(s->channel, ip, NS_DEFAULTPORT, &ignored) != 0;
	c->servers = s;
	return s;
}

static void ask(struct server *s, const struct dns_question *q, void *tag)
{
	struct inquiry *i = malloc(sizeof(*i));

	if (!i)
		abort();
	*i = (struct inquiry){ .server = s, .tag = tag, .asked = s->client->now };
	queue_add(&s->client->fresh, i);
	ares_query(s->channel, q->name, ns_c_in, q->type, on_end, i);
}

static void fill(struct client *c)
{
	struct dns_question q;
	void *tag;

	while (c->fresh.n < DNS_IN_FLIGHT &&
	       c->fresh.n + c->slow.n < DNS_PENDING_MAX &&
	       c->batch->next(c->batch, &q, &tag)) {
		struct server *s = server_of(c, &q.server);

		if (!s || s->dead)
			c->batch->answer(c->batch, tag, DNS_TIMEOUT, NULL, 0);
		else
			ask(s, &q, tag);
	}
}

/* A channel looks at its own timeouts whenever it is called; those that nothing
 * arrives for are called too. */
static void tick(struct client *c)
{
	c->ticked = c->now;
	if (c->batch->tick)
		c->batch->tick(c->batch);
	ares_process_fd(c->resolver.channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	for (struct server *s = c->servers; s; s = s->next)
		ares_process_fd(s->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static void wait_and_process(struct client *c)
{
	bool silent = poll(c->fds, c->nfds, TICK_MS) <= 0;

	for (size_t i = 0; i < c->nfds && !silent; i++) {
		ares_socket_t fd = c->fds[i].fd;
		short got = c->fds[i].revents;

		c->fds[i].revents = 0;
		if (got)
			ares_process_fd(c->of[i]->channel,
					got & ~POLLOUT ? fd : ARES_SOCKET_BAD,
					got & POLLOUT ? fd : ARES_SOCKET_BAD);
	}
	if (silent || c->now - c->ticked >= TICK_MS)
		tick(c);
}

static bool is_over(const struct client *c, const struct inquiry *i)
{
	int64_t patience = i->server->ip.family ? DNS_SERVER_GIVE_UP_MS :
		DNS_GIVE_UP_MS;

	return i->server->dead || c->now - i->asked >= patience;
}

/* An inquiry that is given up stays with c-ares, which has no way to take one
 * back, until c-ares has done with it too. */
static void look_at_the_clock(struct client *c)
{
	struct inquiry *i, *next;

	while ((i = c->fresh.first) && (c->now - i->asked >= DNS_SLOW_MS ||
					i->server->dead)) {
		queue_remove(i);
		queue_add(&c->slow, i);
	}
	for (i = c->slow.first; i; i = next) {
		next = i->next;
		if (is_over(c, i))
			settle(i, DNS_TIMEOUT, NULL, 0);
	}
}

static void client_close(struct client *c)
{
	struct server *s;

	channel_close(c->resolver.channel);
	while ((s = c->servers)) {
		c->servers = s->next;
		channel_close(s->channel);
		free(s);
	}
	free(c->fds);
	free(c->of);
}

int dns_client_run(const char *resolver, struct dns_batch *b, struct err *e)
{
	struct client c = { .batch = b, .resolver = { .client = &c } };
	int rc;

	if (channel_open(&c.resolver, e))
		return -1;
	rc = resolver ? use_resolver(c.resolver.channel, resolver, e) : 0;
	while (!rc) {
		c.now = io_monotonic_ms();
		look_at_the_clock(&c);
		fill(&c);
		if (!c.fresh.n && !c.slow.n)
			break;
		wait_and_process(&c);
	}
	client_close(&c);
	return rc;
}

static int of_system(struct ip *out, size_t max, size_t *n, struct err *e)
{
	struct ares_addr_port_node *all = NULL;
	struct client none = { .resolver = { .client = &none } };

	if (channel_open(&none.resolver, e))
		return -1;
	*n = 0;
	if (ares_get_servers_ports(none.resolver.channel, &all) == ARES_SUCCESS)
		for (const struct ares_addr_port_node *i = all; i && *n < max; i = i->next)
			out[(*n)++] = ip_of_bytes(i->family == AF_INET ? 4 : 6,
						  &i->addr);
	ares_free_data(all);
	client_close(&none);
	return 0;
}

int dns_client_resolvers(const char *resolver, struct ip *out, size_t max,
			 size_t *n, struct err *e)
{
	int port;

	if (!resolver)
		return of_system(out, max, n, e);
	*n = 1;
	if (!max || !parse_resolver(resolver, out, &port))
		return not_a_resolver(resolver, e);
	return 0;
}
