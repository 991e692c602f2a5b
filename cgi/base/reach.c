#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"
#include "base/reach.h"

#define LINES_MAX REACH_MAX
/* Connections that stand wait so long for others, to be looked up together. */
#define LOOK_MS 200

enum step { CONNECTING, LOOKING, GREETING, LEAVING, OVER };

struct line {
	int fd;
	enum step step;
	int64_t start, until;
	size_t have;
	char in[REACH_READ_MAX];
	struct reach_outcome r;
};

union place {
	struct sockaddr sa;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

static socklen_t place_of(union place *p, const struct reach_try *t)
{
	memset(p, 0, sizeof(*p));
	if (t->to.family == 4) {
		p->four.sin_family = AF_INET;
		p->four.sin_port = htons(t->port);
		memcpy(&p->four.sin_addr, t->to.bytes, sizeof(p->four.sin_addr));
		return sizeof(p->four);
	}
	p->six.sin6_family = AF_INET6;
	p->six.sin6_port = htons(t->port);
	memcpy(&p->six.sin6_addr, t->to.bytes, sizeof(p->six.sin6_addr));
	return sizeof(p->six);
}

/* ---- why a connection failed -------------------------------------------- */

static void take_offender(struct cmsghdr *c, struct ip *out)
{
	const struct sock_extended_err *x = (const void *)CMSG_DATA(c);
	const struct sockaddr *sa = SO_EE_OFFENDER(x);
	bool ip = c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR;
	bool ip6 = c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR;

	if ((!ip && !ip6) || (x->ee_origin != SO_EE_ORIGIN_ICMP &&
			      x->ee_origin != SO_EE_ORIGIN_ICMP6))
		return;
	if (sa->sa_family == AF_INET)
		*out = ip_of_bytes(4, &((const struct sockaddr_in *)(const void *)sa)->sin_addr);
	else if (sa->sa_family == AF_INET6)
		*out = ip_of_bytes(6, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr);
}

/* ip(7): the ICMP message behind the error. A RST leaves none. */
static void find_offender(struct line *l)
{
	union {
		struct cmsghdr align;
		char room[512];
	} control;
	char data[64];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control) };

	if (recvmsg(l->fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
		return;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
		take_offender(c, &l->r.offender);
}

/*
 * SYNs were sent again and none of these is out: what this server's own output
 * filter drops counts as a retransmission (tcpi_total_retrans) but as none that
 * is on its way (tcpi_retrans).
 */
static bool is_kept_here(int fd)
{
	struct tcp_info t;
	socklen_t n = sizeof(t);

	return !getsockopt(fd, IPPROTO_TCP, TCP_INFO, &t, &n) && n >= sizeof(t) &&
		t.tcpi_total_retrans > 0 && t.tcpi_retrans == 0;
}

/* ---- where a connection ends -------------------------------------------- */

#define ENDS_MAX 16
#define PLACE_MAX 64

/*
 * Our end of one connection, as the kernel's tables of sockets write it, and
 * what they say of it: sockets at work that have it as their other end, by their
 * own ends, and what it is connected to itself.
 */
struct ends {
	char plain[PLACE_MAX], mapped[PLACE_MAX];	/* of /proc/net/tcp, tcp6 */
	char far[ENDS_MAX][PLACE_MAX], near[ENDS_MAX][PLACE_MAX];
	size_t nfar, nnear;
};

/* Words of 32 bits as the machine holds them, then the port. */
static void name_end(struct ends *x, int fd)
{
	unsigned char b[16] = { [10] = 0xff, [11] = 0xff };
	union place p;
	socklen_t n = sizeof(p);
	unsigned port;
	uint32_t w[4];

	memset(x, 0, sizeof(*x));
	if (getsockname(fd, &p.sa, &n))
		return;
	port = ntohs(p.sa.sa_family == AF_INET ? p.four.sin_port : p.six.sin6_port);
	if (p.sa.sa_family == AF_INET)
		memcpy(b + 12, &p.four.sin_addr, 4);
	else
		memcpy(b, &p.six.sin6_addr, 16);
	memcpy(w, b, sizeof(w));
	if (p.sa.sa_family == AF_INET)
		snprintf(x->plain, PLACE_MAX, "%08X:%04X", w[3], port);
	snprintf(x->mapped, PLACE_MAX, "%08X%08X%08X%08X:%04X", w[0], w[1], w[2],
		 w[3], port);
}

/* ESTABLISHED, SYN_RECV, FIN_WAIT1 and 2: not one that is over, which may have
 * had the same port. */
static bool is_at_work(const char *state)
{
	return !strcmp(state, "01") || !strcmp(state, "03") ||
		!strcmp(state, "04") || !strcmp(state, "05");
}

static void take_line(struct ends *x, const char *local, const char *remote,
		      const char *state)
{
	if ((!strcmp(remote, x->plain) || !strcmp(remote, x->mapped)) &&
	    x->nfar < ENDS_MAX && is_at_work(state))
		memcpy(x->far[x->nfar++], local, PLACE_MAX);
	if ((!strcmp(local, x->plain) || !strcmp(local, x->mapped)) &&
	    x->nnear < ENDS_MAX)
		memcpy(x->near[x->nnear++], remote, PLACE_MAX);
}

/* Reading a table takes its time where the kernel's is large: once for all n. */
static void take_table(struct ends *all, size_t n, const char *table)
{
	FILE *f = fopen(table, "re");
	char line[512];

	while (f && fgets(line, sizeof(line), f)) {
		char local[PLACE_MAX] = "", remote[PLACE_MAX] = "", state[3];

		if (sscanf(line, " %*s %63s %63s %2s", local, remote, state) == 3)
			for (size_t i = 0; i < n; i++)
				take_line(&all[i], local, remote, state);
	}
	if (f)
		fclose(f);
}

/* The same address and port, though one of them be in the form of IPv6. */
static bool same_place(const char *a, const char *b)
{
	size_t n = strlen(a), k = strlen(b);

	return n < k ? !strcmp(a, b + k - n) : !strcmp(a + n - k, b);
}

/* A socket whose other end is ours, and that we did not connect to: somebody
 * turned our connection round. */
static bool is_turned(const struct ends *x)
{
	for (size_t i = 0; i < x->nfar; i++) {
		size_t k = 0;

		while (k < x->nnear && !same_place(x->far[i], x->near[k]))
			k++;
		if (k == x->nnear)
			return true;
	}
	return false;
}

/* ---- one connection ----------------------------------------------------- */

static void leave(struct line *l, int out)
{
	if (l->step == OVER)
		return;
	l->step = OVER;
	if (l->fd >= 0)
		close(l->fd);
	if (write(out, &l->r, sizeof(l->r)) != (ssize_t)sizeof(l->r))
		_exit(1);
}

static void give_up(struct line *l, int error, int out)
{
	l->r.error = error;
	l->r.ms = (uint32_t)(io_monotonic_ms() - l->start);
	if (l->fd >= 0)
		find_offender(l);
	leave(l, out);
}

static void start(struct line *l, const struct reach_try *t, int out)
{
	union place p;
	socklen_t n = place_of(&p, t);
	int on = 1;

	l->start = io_monotonic_ms();
	l->until = l->start + REACH_MS;
	l->fd = socket(p.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0) {
		give_up(l, errno, out);
		return;
	}
	if (t->to.family == 4)
		setsockopt(l->fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
	else
		setsockopt(l->fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
	if (connect(l->fd, &p.sa, n) && errno != EINPROGRESS)
		give_up(l, errno, out);
}

static void connected(struct line *l, int out)
{
	int error = 0;
	socklen_t n = sizeof(error);

	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &error, &n) || error) {
		give_up(l, error ? error : EIO, out);
		return;
	}
	l->r.ms = (uint32_t)(io_monotonic_ms() - l->start);
	l->step = LOOKING;
}

/* All connections that stand and were not looked up yet; then they go on. */
static void look(struct line *lines, const struct reach_try *tries, size_t n, int out)
{
	struct ends all[LINES_MAX];
	struct line *of[LINES_MAX];
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (lines[i].step == LOOKING) {
			of[k] = &lines[i];
			name_end(&all[k++], lines[i].fd);
		}
	if (!k)
		return;
	take_table(all, k, "/proc/net/tcp");
	take_table(all, k, "/proc/net/tcp6");
	for (size_t i = 0; i < k; i++) {
		of[i]->r.ends_here = is_turned(&all[i]);
		of[i]->step = GREETING;
		if (!tries[of[i] - lines].speaks_first)
			leave(of[i], out);
	}
}

/* A last line, "220 text" and not "220-text", stands at the end of what came. */
static bool is_whole(const struct line *l)
{
	const char *end = l->in + l->have, *last;

	if (!l->have || end[-1] != '\n')
		return false;
	last = memrchr(l->in, '\n', l->have - 1);
	last = last ? last + 1 : l->in;
	return end - last < 4 || last[3] != '-';
}

static void keep_banner(struct line *l)
{
	const char *end = memchr(l->in, '\n', l->have);
	size_t n = end ? (size_t)(end - l->in) : l->have;

	l->r.nbanner = (uint32_t)(n < REACH_BANNER ? n : REACH_BANNER);
	memcpy(l->r.banner, l->in, l->r.nbanner);
}

static void greeting(struct line *l, int out)
{
	ssize_t n = recv(l->fd, l->in + l->have, sizeof(l->in) - l->have, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		l->have += (size_t)n;
	keep_banner(l);
	if (n <= 0 || l->have == sizeof(l->in)) {
		leave(l, out);
	} else if (is_whole(l)) {
		if (send(l->fd, "QUIT\r\n", 6, MSG_NOSIGNAL) != 6)
			leave(l, out);
		l->step = l->step == OVER ? OVER : LEAVING;
		l->until = io_monotonic_ms() + REACH_QUIT_MS;
	}
}

/* The goodbye is taken, so that no RST answers it. */
static void goodbye(struct line *l, int out)
{
	char rest[512];
	ssize_t n = recv(l->fd, rest, sizeof(rest), 0);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		leave(l, out);
}

static void over_time(struct line *l, int out)
{
	if (l->step == CONNECTING) {
		l->r.timed_out = true;
		l->r.kept_here = is_kept_here(l->fd);
		give_up(l, ETIMEDOUT, out);
	}
	leave(l, out);
}

static void advance(struct line *l, int out)
{
	if (l->step == CONNECTING)
		connected(l, out);
	else if (l->step == GREETING)
		greeting(l, out);
	else if (l->step == LEAVING)
		goodbye(l, out);
}

/* ---- all of them -------------------------------------------------------- */

/* Fills p for the lines that wait for something; the milliseconds until the
 * first of them has waited enough. */
static int waiting(const struct line *lines, size_t n, struct pollfd *p)
{
	int64_t now = io_monotonic_ms(), first = LOOK_MS;

	for (size_t i = 0; i < n; i++) {
		const struct line *l = &lines[i];
		bool waits = l->step != OVER && l->step != LOOKING;

		p[i] = (struct pollfd){ .fd = waits ? l->fd : -1,
			.events = l->step == CONNECTING ? POLLOUT : POLLIN };
		if (l->step != OVER && l->until - now < first)
			first = l->until > now ? l->until - now : 0;
	}
	return (int)first;
}

static size_t in_step(const struct line *lines, size_t n, enum step step)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		k += lines[i].step == step;
	return k;
}

static void step(struct line *lines, const struct reach_try *tries, size_t n, int out)
{
	struct pollfd p[LINES_MAX];
	int64_t now;

	poll(p, n, waiting(lines, n, p));
	for (size_t i = 0; i < n; i++)
		if (p[i].fd >= 0 && p[i].revents)
			advance(&lines[i], out);
	now = io_monotonic_ms();
	for (size_t i = 0; i < n; i++)
		if (lines[i].step == LOOKING &&
		    (!in_step(lines, n, CONNECTING) ||
		     now - lines[i].start - lines[i].r.ms >= LOOK_MS))
			look(lines, tries, n, out);
	for (size_t i = 0; i < n; i++)
		if (lines[i].step != OVER && io_monotonic_ms() >= lines[i].until)
			over_time(&lines[i], out);
}

void reach_connect(const struct reach_try *tries, size_t n, int out)
{
	struct line lines[LINES_MAX];

	memset(lines, 0, sizeof(lines));
	for (size_t i = 0; i < n; i++) {
		lines[i].r.index = (uint32_t)i;
		start(&lines[i], &tries[i], out);
	}
	while (in_step(lines, n, OVER) < n)
		step(lines, tries, n, out);
}

/* ---- in words ----------------------------------------------------------- */

static const char *result_of(const struct reach_outcome *o)
{
	if (o->timed_out)
		return "timeout";
	if (!o->error)
		return "connected";
	if (o->offender.family)
		return "rejected";
	if (o->error == ECONNREFUSED)
		return "reset";
	return o->error == ENETUNREACH || o->error == EADDRNOTAVAIL ||
		o->error == EAFNOSUPPORT ? "no_route" : "failed";
}

static void put_banner(struct buf *b, const struct reach_outcome *o)
{
	for (uint32_t i = 0; i < o->nbanner && i < REACH_BANNER; i++) {
		unsigned char c = (unsigned char)o->banner[i];

		if (c == '\r' && i + 1 == o->nbanner)
			continue;
		if (c >= ' ' && c < 0x7f && c != '\\')
			buf_add(b, &o->banner[i], 1);
		else
			buf_printf(b, "\\x%02x", c);
	}
}

void reach_print(struct buf *b, const char *who, const struct reach_try *t,
		 const struct reach_outcome *o)
{
	char to[IP_TEXT_MAX], offender[IP_TEXT_MAX];

	buf_printf(b, "try %s %s %u %s %d %u %s %s %s ", who,
		   ip_text(to, &t->to), t->port, o ? result_of(o) : "not_tried",
		   o ? o->error : 0, o ? o->ms : 0,
		   o && o->offender.family ? ip_text(offender, &o->offender) : "-",
		   o && o->kept_here ? "kept" : "left",
		   o && o->ends_here ? "here" : "there");
	if (o)
		put_banner(b, o);
	buf_puts(b, "\n");
}
