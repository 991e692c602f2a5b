/* ares_query and its like are deprecated from 1.28 on, by functions that the
 * oldest release we build with does not have. */
#define CARES_NO_DEPRECATED

#include <ares.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "sources/dns_channel.h"
#include "sources/dns_client.h"
#include "sources/dns_pace.h"
#include "sources/dns_packet.h"

/* Each try is heard until the question is given up: a slow answer to the first is
 * as good as one to the last. Releases from 1.32 on hear a server that is usually
 * quick for a shorter time, which the later tries make good. */
#define TRIES_MAX 4
#define TICK_MS 50
#define RESOLVERS_MAX 3		/* as many as the system's own has */
/* So many answers in turn came from another resolver: that one is asked first. */
#define OVERTAKEN_MAX 8
/* A failure of a resolver that much is asked of is asked again: after longer than
 * the second for which one like BIND keeps it (servfail-ttl). */
#define FAILURES_MAX 3
#define FAILURE_MS 1100
/* How long after a try comes the next one, and when the question is given up. */
struct patience {
	int64_t again[TRIES_MAX];	/* 0: there is none */
	int64_t give_up;
};

static const struct patience for_resolver = { { 1000, 2000, 3000 }, DNS_GIVE_UP_MS };
static const struct patience for_server = { { 700, 1400 }, DNS_SERVER_GIVE_UP_MS };

struct try {
	struct inquiry *of;
	struct server *server;
	int64_t at;
};

struct inquiry {
	struct inquiry *prev, *next;
	struct queue *queue;	/* NULL: the batch has its answer already */
	const struct patience *patience;
	struct server *itself;	/* a name server; NULL: the resolvers */
	struct dns_question question;
	void *tag;
	int64_t asked, due;	/* the next try; 0: there is none */
	int64_t waiting, waited;	/* since when, and how long, for its turn */
	struct try tries[TRIES_MAX];
	unsigned ntries, running, nfailures;
	unsigned char *failure;	/* the last one's packet */
	size_t failure_n;
};

/* Inquiries in the order they were asked. */
struct queue {
	struct inquiry *first, *last;
	size_t n;
};

/* One that is asked: a resolver, or a name server itself. */
struct server {
	struct server *next;
	struct client *client;
	struct ip ip;		/* family 0: a resolver */
	struct dns_channel channel;
	struct dns_pace pace;	/* a resolver's */
	bool heard;	/* some answer came */
	bool dead;	/* none did, and a question was given up */
	unsigned overtaken;	/* since it was heard last, by another resolver */
};

struct client {
	struct dns_batch *batch;
	struct server resolvers[RESOLVERS_MAX], *servers;
	size_t nresolvers, preferred;
	struct dns_sockets sockets;
	/* Asked lately; silent for longer than DNS_SLOW_MS; to be asked again. */
	struct queue fresh, slow, again;
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

static void queue_move(struct inquiry *i, struct queue *to)
{
	queue_remove(i);
	queue_add(to, i);
}

/* ---- how it ends ------------------------------------------------------- */

static bool any_heard(const struct client *c, const struct inquiry *i)
{
	if (i->itself)
		return i->itself->heard;
	for (size_t r = 0; r < c->nresolvers; r++)
		if (c->resolvers[r].heard)
			return true;
	return false;
}

static bool is_dead(const struct client *c, const struct server *itself)
{
	return itself ? itself->dead : c->resolvers[0].dead;
}

/* c-ares cannot take a question back: what is still running ends later. */
static void drop_if_ended(struct inquiry *i)
{
	if (i->running || i->queue)
		return;
	free(i->failure);
	free(i);
}

static void settle(struct client *c, struct inquiry *i, enum dns_status status,
		   const unsigned char *packet, size_t n)
{
	queue_remove(i);
	if (status == DNS_TIMEOUT && !any_heard(c, i))
		(i->itself ? i->itself : &c->resolvers[0])->dead = true;
	c->batch->answer(c->batch, i->tag, status, packet, n);
}

static void give_up(struct client *c, struct inquiry *i)
{
	if (i->failure)
		settle(c, i, DNS_OK, i->failure, i->failure_n);
	else
		settle(c, i, DNS_TIMEOUT, NULL, 0);
	drop_if_ended(i);
}

/* The one that answers, where the preferred one does not, is asked first. */
static void note_speaker(struct client *c, const struct inquiry *i, struct server *s)
{
	struct server *first = &c->resolvers[c->preferred];

	s->heard = true;
	s->overtaken = 0;
	if (i->itself || s == first || i->tries[0].server != first)
		return;
	if (++first->overtaken >= OVERTAKEN_MAX || !first->heard)
		c->preferred = (size_t)(s - c->resolvers);
}

/* At once to this try, and not at all to the one before it. */
static bool is_sign_of_loss(const struct client *c, const struct try *t)
{
	const struct inquiry *i = t->of;

	return t > i->tries && t[-1].server == t->server &&
		c->now - t->at < DNS_SLOW_MS;
}

static bool is_failure(const unsigned char *packet)
{
	int rcode = packet[3] & 0xf;

	return rcode == ns_r_servfail || rcode == ns_r_refused;
}

/* Kept, in case that nothing better comes; it is asked once more. */
static void put_off(struct client *c, struct inquiry *i, const unsigned char *packet,
		    size_t n)
{
	free(i->failure);
	i->failure = malloc(n);
	if (!i->failure)
		abort();
	memcpy(i->failure, packet, n);
	i->failure_n = n;
	i->nfailures++;
	i->due = c->now + FAILURE_MS;
	queue_move(i, &c->slow);
}

static void take_packet(struct client *c, struct try *t, const unsigned char *packet,
			size_t n)
{
	struct inquiry *i = t->of;
	struct dns_pace *pace = &t->server->pace;
	bool failure = is_failure(packet);

	note_speaker(c, i, t->server);
	if (!i->itself && failure)
		dns_pace_failure(pace, i->nfailures > 0, c->now);
	else if (!i->itself && (i->nfailures || is_sign_of_loss(c, t)))
		dns_pace_loss(pace, t[-1].at, c->now);
	if (!i->itself && !failure)
		dns_pace_answer(pace);
	if (!i->itself && failure && i->nfailures < FAILURES_MAX - 1 &&
	    i->ntries < TRIES_MAX && dns_pace_is_busy(pace))
		put_off(c, i, packet, n);
	else
		settle(c, i, DNS_OK, packet, n);
}

/* Nobody listens there: the next one, if there is another. */
static void take_refusal(struct client *c, struct inquiry *i)
{
	if (any_heard(c, i))
		return;
	if (!i->itself && i->ntries < c->nresolvers && i->ntries < TRIES_MAX)
		i->due = c->now;
	else
		give_up(c, i);
}

/* With a packet the rcode in it decides, not what c-ares makes of it. A try that
 * came to nothing leaves the question to the next one, and to the clock. */
static void on_end(void *arg, int status, int timeouts, unsigned char *packet,
		   int n)
{
	struct try *t = arg;
	struct inquiry *i = t->of;
	struct client *c = t->server->client;

	(void)timeouts;
	i->running--;
	if (i->queue && packet && n >= NS_HFIXEDSZ)
		take_packet(c, t, packet, (size_t)n);
	else if (i->queue && status == ARES_ECONNREFUSED && !i->running) {
		i->running++;	/* stays while it is looked at */
		take_refusal(c, i);
		i->running--;
	} else if (i->queue && status != ARES_ETIMEOUT && status != ARES_ECONNREFUSED &&
		   status != ARES_EDESTRUCTION)
		settle(c, i, DNS_MALFORMED, NULL, 0);
	drop_if_ended(i);
}

/* ---- servers ----------------------------------------------------------- */

static int channel_open(struct client *c, struct server *s, struct err *e)
{
	bool itself = s->ip.family != 0;
	const struct dns_channel_kind kind = {
		.recursive = !itself, .in_flight = DNS_IN_FLIGHT,
		.patience_ms = (int)(itself ? for_server : for_resolver).give_up,
	};

	s->client = c;
	return dns_channel_open(&s->channel, &c->sockets, &kind, e);
}

static struct server *find_server(struct client *c, const struct ip *ip)
{
	struct server *s = c->servers;

	while (s && !ip_equal(&s->ip, ip))
		s = s->next;
	return s;
}

/* The name server that is asked itself, before or now for the first time; NULL: it
 * cannot be. */
static struct server *server_at(struct client *c, const struct ip *ip)
{
	struct server *s = find_server(c, ip);
	struct err ignored;

	if (s)
		return s;
	s = calloc(1, sizeof(*s));
	if (!s)
		abort();
	*s = (struct server){ .next = c->servers, .ip = *ip };
	if (channel_open(c, s, &ignored)) {
		free(s);
		return NULL;
	}
	s->dead = dns_channel_use(&s->channel, ip, NS_DEFAULTPORT, &ignored) != 0;
	c->servers = s;
	return s;
}

/* ---- asking ------------------------------------------------------------ */

/* Whom its next try goes to. */
static struct server *next_server(struct client *c, const struct inquiry *i)
{
	return i->itself ? i->itself :
		&c->resolvers[(c->preferred + i->ntries) % c->nresolvers];
}

static bool may_ask(const struct server *s)
{
	return s->ip.family || dns_pace_may_send(&s->pace);
}

static void ask(struct client *c, struct inquiry *i)
{
	struct server *s = next_server(c, i);
	struct try *t = &i->tries[i->ntries];
	int64_t again = i->patience->again[i->ntries++];

	*t = (struct try){ i, s, c->now };
	i->due = again ? c->now + again : 0;
	i->running++;
	dns_pace_sent(&s->pace);
	ares_query(s->channel.ares, i->question.name, ns_c_in, i->question.type, on_end, t);
}

static void ask_again(struct client *c)
{
	struct inquiry *i;

	while ((i = c->again.first) && may_ask(next_server(c, i))) {
		i->waited += c->now - i->waiting;
		queue_move(i, &c->slow);
		ask(c, i);
	}
}

static void ask_new(struct client *c, const struct dns_question *q, void *tag,
		    struct server *itself)
{
	struct inquiry *i = calloc(1, sizeof(*i));

	if (!i)
		abort();
	i->itself = itself;
	i->patience = itself ? &for_server : &for_resolver;
	i->question = *q;
	i->tag = tag;
	i->asked = c->now;
	queue_add(&c->fresh, i);
	ask(c, i);
}

static bool has_room(const struct client *c)
{
	const struct server *s = &c->resolvers[c->preferred];

	return !c->again.n && c->fresh.n < s->pace.window && may_ask(s) &&
		c->fresh.n + c->slow.n < DNS_PENDING_MAX;
}

/* False: the batch has no question now. */
static bool fill(struct client *c)
{
	struct dns_question q;
	void *tag;

	ask_again(c);
	while (has_room(c)) {
		struct server *itself;

		if (!c->batch->next(c->batch, &q, &tag))
			return false;
		itself = q.server.family ? server_at(c, &q.server) : NULL;
		if ((q.server.family && !itself) || is_dead(c, itself))
			c->batch->answer(c->batch, tag, DNS_TIMEOUT, NULL, 0);
		else
			ask_new(c, &q, tag, itself);
	}
	return true;
}

/* ---- waiting ----------------------------------------------------------- */

static bool is_over(const struct client *c, const struct inquiry *i)
{
	return is_dead(c, i->itself) ||
		c->now - i->asked - i->waited >= i->patience->give_up;
}

/* What was silent for too long, and what is to be asked again. Those that wait for
 * their turn are not given up: they could not be asked. */
static void look_at_silent(struct client *c)
{
	struct inquiry *i, *next;

	for (i = c->slow.first; i; i = next) {
		next = i->next;
		if (is_over(c, i)) {
			give_up(c, i);
		} else if (i->due && c->now >= i->due) {
			i->waiting = c->now;
			queue_move(i, &c->again);
		}
	}
	while ((i = c->again.first) && is_dead(c, i->itself))
		give_up(c, i);
}

/* A channel looks at its own timeouts whenever it is called; those that nothing
 * arrives for are called too. */
static void tick(struct client *c)
{
	c->ticked = c->now;
	if (c->batch->tick)
		c->batch->tick(c->batch);
	for (size_t r = 0; r < c->nresolvers; r++)
		ares_process_fd(c->resolvers[r].channel.ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	for (struct server *s = c->servers; s; s = s->next)
		ares_process_fd(s->channel.ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	look_at_silent(c);
}

static void wait_and_process(struct client *c)
{
	bool silent = !dns_sockets_wait(&c->sockets, TICK_MS);

	c->now = io_monotonic_ms();
	if (!silent)
		dns_sockets_process(&c->sockets);
	if (silent || c->now - c->ticked >= TICK_MS)
		tick(c);
}

static void look_at_the_clock(struct client *c)
{
	struct inquiry *i;

	for (size_t r = 0; r < c->nresolvers; r++)
		dns_pace_clock(&c->resolvers[r].pace, c->now);
	while ((i = c->fresh.first) && (c->now - i->asked >= DNS_SLOW_MS ||
					(i->due && i->due <= c->now) ||
					is_dead(c, i->itself)))
		queue_move(i, &c->slow);
}

/* ---- the whole --------------------------------------------------------- */

static void client_close(struct client *c)
{
	struct server *s;

	for (size_t r = 0; r < c->nresolvers; r++)
		dns_channel_close(&c->resolvers[r].channel);
	while ((s = c->servers)) {
		c->servers = s->next;
		dns_channel_close(&s->channel);
		free(s);
	}
	dns_sockets_free(&c->sockets);
}

static int add_resolver(struct client *c, struct err *e)
{
	struct server *s = &c->resolvers[c->nresolvers];

	dns_pace_begin(&s->pace, io_monotonic_ms());
	if (channel_open(c, s, e))
		return -1;
	c->nresolvers++;
	return 0;
}

static int of_system(struct ip *out, size_t max, size_t *n, struct err *e)
{
	struct ares_addr_port_node *all = NULL;
	struct client none = { .batch = NULL };

	if (add_resolver(&none, e))
		return -1;
	*n = 0;
	if (ares_get_servers_ports(none.resolvers[0].channel.ares, &all) == ARES_SUCCESS)
		for (const struct ares_addr_port_node *i = all; i && *n < max; i = i->next)
			out[(*n)++] = ip_of_bytes(i->family == AF_INET ? 4 : 6,
						  &i->addr);
	ares_free_data(all);
	client_close(&none);
	return 0;
}

static bool is_link_local(const struct ip *ip)
{
	return ip->family == 6 && ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80;
}

/* One channel each, so that each has its own pace. An address that holds on one
 * link only is left to c-ares, with all the others: it knows the link. */
static int use_system(struct client *c, struct err *e)
{
	struct ip ips[RESOLVERS_MAX];
	bool apart = true;
	size_t n;

	if (of_system(ips, RESOLVERS_MAX, &n, e))
		return -1;
	for (size_t r = 0; r < n; r++)
		apart &= !is_link_local(&ips[r]);
	if (!n || !apart)
		return add_resolver(c, e);
	for (size_t r = 0; r < n; r++)
		if (add_resolver(c, e) ||
		    dns_channel_use(&c->resolvers[r].channel, &ips[r], NS_DEFAULTPORT, e))
			return -1;
	return 0;
}

static int use_given(struct client *c, const char *resolver, struct err *e)
{
	struct ip ip;
	int port;

	return dns_resolver_parse(resolver, &ip, &port, e) || add_resolver(c, e) ||
		dns_channel_use(&c->resolvers[0].channel, &ip, port, e) ? -1 : 0;
}

int dns_client_run(const char *resolver, struct dns_batch *b, struct err *e)
{
	struct client c = { .batch = b };
	int rc = resolver ? use_given(&c, resolver, e) : use_system(&c, e);

	c.now = io_monotonic_ms();
	while (!rc) {
		look_at_the_clock(&c);
		if (!fill(&c) && !c.fresh.n && !c.slow.n && !c.again.n)
			break;
		wait_and_process(&c);
	}
	client_close(&c);
	return rc;
}

int dns_client_resolvers(const char *resolver, struct ip *out, size_t max,
			 size_t *n, struct err *e)
{
	int port;

	if (!resolver)
		return of_system(out, max, n, e);
	*n = 1;
	return dns_resolver_parse(resolver, out, &port, e);
}
