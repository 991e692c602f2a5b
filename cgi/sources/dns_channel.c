#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <stdlib.h>
#include <string.h>

#include "sources/dns_channel.h"
#include "base/compat.h"

#define UDP_PAYLOAD 1232	/* DNS flag day 2020: passes unfragmented */
/* The kernel takes twice this, up to its own limit: room for a whole flight of
 * small answers, each of which it counts as 768 bytes, where the usual default
 * drops a third. */
#define ANSWER_ROOM 768

/* ---- sockets ----------------------------------------------------------- */

static void grow(struct dns_sockets *s)
{
	if (s->n < s->cap)
		return;
	s->cap = s->cap ? s->cap * 2 : 8;
	s->fds = realloc(s->fds, s->cap * sizeof(*s->fds));
	s->of = realloc(s->of, s->cap * sizeof(*s->of));
	if (!s->fds || !s->of)
		abort();
}

static void on_socket(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct dns_channel *c = arg;
	struct dns_sockets *s = c->sockets;
	short events = (short)((readable ? POLLIN : 0) | (writable ? POLLOUT : 0));
	size_t i = 0;

	while (i < s->n && s->fds[i].fd != fd)
		i++;
	if (!events) {
		if (i < s->n) {
			s->fds[i] = s->fds[--s->n];
			s->of[i] = s->of[s->n];
		}
		return;
	}
	grow(s);
	s->fds[i] = (struct pollfd){ .fd = fd, .events = events };
	s->of[i] = c;
	if (i == s->n)
		s->n++;
}

bool dns_sockets_wait(struct dns_sockets *s, int ms)
{
	return poll(s->fds, s->n, ms) > 0;
}

void dns_sockets_process(struct dns_sockets *s)
{
	for (size_t i = 0; i < s->n; i++) {
		ares_socket_t fd = s->fds[i].fd;
		short got = s->fds[i].revents;

		s->fds[i].revents = 0;
		if (got)
			ares_process_fd(s->of[i]->ares,
					got & ~POLLOUT ? fd : ARES_SOCKET_BAD,
					got & POLLOUT ? fd : ARES_SOCKET_BAD);
	}
}

void dns_sockets_free(struct dns_sockets *s)
{
	free(s->fds);
	free(s->of);
	*s = (struct dns_sockets){ .n = 0 };
}

/* ---- channels ---------------------------------------------------------- */

int dns_channel_open(struct dns_channel *c, struct dns_sockets *s,
		     const struct dns_channel_kind *k, struct err *e)
{
	struct ares_options o = {
		.flags = ARES_FLAG_STAYOPEN | ARES_FLAG_NOCHECKRESP |
			ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES |
			(k->recursive ? 0 : ARES_FLAG_NORECURSE),
		.timeout = k->patience_ms, .tries = 1, .ednspsz = UDP_PAYLOAD,
		.socket_receive_buffer_size = k->in_flight * ANSWER_ROOM,
		.sock_state_cb = on_socket, .sock_state_cb_data = c,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
		ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_RCVBUF | ARES_OPT_SOCK_STATE_CB, rc;

	c->sockets = s;
	ares_without_cache(&o, &mask);
	rc = ares_library_init(ARES_LIB_INIT_ALL);
	if (rc == ARES_SUCCESS) {
		rc = ares_init_options(&c->ares, &o, mask);
		if (rc != ARES_SUCCESS)
			ares_library_cleanup();
	}
	if (rc != ARES_SUCCESS)
		return err_set(e, ERR_UNAVAILABLE,
			       "the resolver library does not start: %s",
			       ares_strerror(rc));
	return 0;
}

void dns_channel_close(struct dns_channel *c)
{
	ares_destroy(c->ares);
	ares_library_cleanup();
}

int dns_channel_use(struct dns_channel *c, const struct ip *ip, int port,
		    struct err *e)
{
	struct ares_addr_port_node node = {
		.family = ip->family == 4 ? AF_INET : AF_INET6,
		.udp_port = port, .tcp_port = port,
	};
	char text[IP_TEXT_MAX];

	memcpy(&node.addr, ip->bytes, ip->family == 4 ? 4 : 16);
	if (ares_set_servers_ports(c->ares, &node) == ARES_SUCCESS)
		return 0;
	return err_set(e, ERR_UNAVAILABLE, "the name server %s cannot be used",
		       ip_text(text, ip));
}

/* ---- names of resolvers ------------------------------------------------ */

static bool parse_port(const char *s, int *port)
{
	char *end;
	unsigned long v = strtoul(s, &end, 10);

	*port = (int)v;
	return *s >= '0' && *s <= '9' && !*end && v > 0 && v <= 65535;
}

static bool parse(const char *s, struct ip *ip, int *port)
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

int dns_resolver_parse(const char *s, struct ip *ip, int *port, struct err *e)
{
	return parse(s, ip, port) ? 0 :
		err_set(e, ERR_INPUT, "\"%s\" is not a resolver: give an address, "
			"or ADDRESS:PORT, with an IPv6 address in brackets", s);
}
