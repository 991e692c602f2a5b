/*
 * The floor under any DNS client on this machine: sendmmsg and recvmmsg with
 * 512 questions in flight, answers counted and not read.
 *
 *   dns_floor ADDRESS PORT <"NAME TYPE" lines
 */
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#define IN_FLIGHT 512
#define BATCH 64
#define MESSAGE_MAX 512

struct questions {
	unsigned char (*message)[MESSAGE_MAX];
	size_t *length;
	size_t n;
};

static int type_of(const char *name)
{
	return !strcmp(name, "MX") ? ns_t_mx : !strcmp(name, "A") ? ns_t_a : ns_t_aaaa;
}

/* All packets are made before the clock starts. */
static void read_questions(struct questions *q)
{
	char name[256], type[8];
	size_t cap = 0;

	while (scanf("%255s %7s", name, type) == 2) {
		int n;

		if (q->n == cap) {
			cap = cap ? cap * 2 : 1024;
			q->message = realloc(q->message, cap * MESSAGE_MAX);
			q->length = realloc(q->length, cap * sizeof(*q->length));
			if (!q->message || !q->length)
				abort();
		}
		n = res_mkquery(ns_o_query, name, ns_c_in, type_of(type), NULL, 0,
				NULL, q->message[q->n], MESSAGE_MAX);
		if (n < 0)
			abort();
		q->length[q->n++] = (size_t)n;
	}
}

static int connect_to(const char *address, const char *port)
{
	const struct timeval patience = { .tv_sec = 1 };
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), room = 1 << 20;

	if (fd < 0 || inet_pton(AF_INET, address, &sin.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&sin, sizeof(sin)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		abort();
	return fd;
}

static size_t send_some(int fd, struct questions *q, size_t from, size_t n)
{
	struct mmsghdr m[BATCH] = { { .msg_len = 0 } };
	struct iovec v[BATCH];
	int sent;

	n = n < BATCH ? n : BATCH;
	for (size_t i = 0; i < n; i++) {
		v[i] = (struct iovec){ q->message[from + i], q->length[from + i] };
		m[i].msg_hdr.msg_iov = &v[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	sent = sendmmsg(fd, m, (unsigned)n, 0);
	return sent < 0 ? 0 : (size_t)sent;
}

/* 0 after a second of silence: what was in flight is lost. */
static size_t receive_some(int fd)
{
	static unsigned char room[BATCH][4096];
	struct mmsghdr m[BATCH] = { { .msg_len = 0 } };
	struct iovec v[BATCH];
	int got;

	for (size_t i = 0; i < BATCH; i++) {
		v[i] = (struct iovec){ room[i], sizeof(room[i]) };
		m[i].msg_hdr.msg_iov = &v[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	got = recvmmsg(fd, m, BATCH, MSG_WAITFORONE, NULL);
	return got < 0 ? 0 : (size_t)got;
}

static double seconds(void)
{
	struct timeval t;

	gettimeofday(&t, NULL);
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	struct questions q = { .n = 0 };
	size_t sent = 0, ended = 0, lost = 0;
	double start;
	int fd;

	if (argc != 3)
		return 2;
	read_questions(&q);
	fd = connect_to(argv[1], argv[2]);
	start = seconds();
	while (ended < q.n) {
		size_t got;

		while (sent < q.n && sent - ended < IN_FLIGHT)
			sent += send_some(fd, &q, sent, q.n - sent < IN_FLIGHT - (sent - ended) ?
					  q.n - sent : IN_FLIGHT - (sent - ended));
		got = receive_some(fd);
		lost += got ? 0 : sent - ended;
		ended = got ? ended + got : sent;
	}
	printf("%zu %zu %.6f\n", q.n, lost, seconds() - start);
	return 0;
}
