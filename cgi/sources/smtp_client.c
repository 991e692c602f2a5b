#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/text.h"
#include "mail/smtp_reply.h"
#include "sources/smtp_client.h"

#define TRANSCRIPT_MAX (256u << 10)
#define NAME_SHOWN 300

struct talk {
	const struct smtp_place *to;
	int fd;
	SSL_CTX *ctx;
	SSL *ssl;		/* NULL: in the clear */
	int64_t until;
	char in[SMTP_CLIENT_BYTES];
	size_t have, taken;	/* bytes there, bytes of whole replies */
	bool starttls;		/* EHLO offered it */
	struct buf out;
};

/* ---- the transcript ----------------------------------------------------- */

/* One line: printable ASCII, everything else as \xHH. */
static void put(struct talk *t, const char *mark, struct slice s)
{
	buf_puts(&t->out, mark);
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= ' ' && c < 0x7f && c != '\\')
			buf_add(&t->out, &s.p[i], 1);
		else
			buf_printf(&t->out, "\\x%02x", c);
	}
	buf_puts(&t->out, "\n");
}

static int note(struct talk *t, const char *mark, const char *text)
{
	put(t, mark, slice_of(text));
	return -1;
}

/* ---- the line ----------------------------------------------------------- */

/* False: the time is over. */
static bool wait_for(struct talk *t, short events)
{
	struct pollfd p = { .fd = t->fd, .events = events };
	int64_t left = t->until - io_monotonic_ms();
	int rc = left > 0 ? poll(&p, 1, (int)left) : 0;

	return rc > 0 || (rc < 0 && errno == EINTR);
}

/* What a TLS call that gave rc waits for; 0: it failed. */
static short wants(struct talk *t, int rc)
{
	int why = SSL_get_error(t->ssl, rc);

	return why == SSL_ERROR_WANT_READ ? POLLIN :
		why == SSL_ERROR_WANT_WRITE ? POLLOUT : 0;
}

/* Some bytes; 0: closed or broken; -1: the time is over. */
static ssize_t receive(struct talk *t, char *p, size_t n)
{
	for (;;) {
		ssize_t rc = t->ssl ? SSL_read(t->ssl, p, (int)n) :
			recv(t->fd, p, n, 0);
		short events = POLLIN;

		if (rc > 0)
			return rc;
		if (t->ssl)
			events = wants(t, (int)rc);
		else if (rc == 0 || (errno != EAGAIN && errno != EINTR))
			events = 0;
		if (!events)
			return 0;
		if (!wait_for(t, events))
			return -1;
	}
}

static int transmit(struct talk *t, const char *p, size_t n)
{
	while (n) {
		ssize_t rc = t->ssl ? SSL_write(t->ssl, p, (int)n) :
			send(t->fd, p, n, MSG_NOSIGNAL);
		short events = POLLOUT;

		if (rc > 0) {
			p += rc;
			n -= (size_t)rc;
			continue;
		}
		if (t->ssl)
			events = wants(t, (int)rc);
		else if (errno != EAGAIN && errno != EINTR)
			events = 0;
		if (!events || !wait_for(t, events))
			return -1;
	}
	return 0;
}

static int connect_to(struct talk *t, struct err *e)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6,
				    .sin6_port = htons((uint16_t)t->to->port) };
	struct sockaddr_in four = { .sin_family = AF_INET,
				    .sin_port = htons((uint16_t)t->to->port) };
	bool v4 = t->to->ip.family == 4;
	const struct sockaddr *sa = v4 ? (const struct sockaddr *)&four :
		(const struct sockaddr *)&six;

	memcpy(&four.sin_addr, t->to->ip.bytes, sizeof(four.sin_addr));
	memcpy(&six.sin6_addr, t->to->ip.bytes, sizeof(six.sin6_addr));
	t->fd = socket(v4 ? AF_INET : AF_INET6,
		       SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (t->fd < 0)
		return err_set(e, ERR_UNAVAILABLE, "no socket: %s", strerror(errno));
	if (connect(t->fd, sa, v4 ? sizeof(four) : sizeof(six)) && errno != EINPROGRESS)
		return errno;
	return 0;
}

/* 0 when connected; otherwise the transcript says why not. */
static int await_connection(struct talk *t, int error)
{
	int64_t until = t->until;
	socklen_t n = sizeof(error);

	t->until = io_monotonic_ms() + SMTP_CLIENT_CONNECT_MS;
	if (!error && !wait_for(t, POLLOUT))
		return note(t, "= ", "no answer");
	t->until = until;
	if (!error)
		getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &n);
	if (error == ECONNREFUSED)
		return note(t, "= ", "refused");
	if (error)
		return note(t, "= error ", strerror(error));
	note(t, "= ", "connected");
	return 0;
}

/* ---- SMTP --------------------------------------------------------------- */

static void put_reply(struct talk *t, const struct smtp_reply *r)
{
	char mark[8];

	for (size_t i = 0; i < r->n; i++) {
		snprintf(mark, sizeof(mark), "< %03u%c", r->code,
			 i + 1 < r->n ? '-' : ' ');
		put(t, mark, r->text[i]);
	}
}

/* The next reply, or -1 when the transcript says why there is none. */
static int hear(struct talk *t, struct smtp_reply *r)
{
	for (;;) {
		const struct slice in = { t->in + t->taken, t->have - t->taken };
		enum smtp_reply_state state = smtp_reply_read(in, r);
		ssize_t got;

		if (state == SMTP_REPLY_WHOLE) {
			put_reply(t, r);
			t->taken += r->length;
			return 0;
		}
		if (state == SMTP_REPLY_BROKEN)
			return note(t, "= broken ", r->why);
		if (t->have == sizeof(t->in))
			return note(t, "= broken ", "it says far too much");
		got = receive(t, t->in + t->have, sizeof(t->in) - t->have);
		if (got < 0)
			return note(t, "= ", "silent");
		if (got == 0)
			return note(t, "= ", "closed");
		t->have += (size_t)got;
	}
}

static int say(struct talk *t, const char *command, const char *argument,
	       struct smtp_reply *r)
{
	char line[300];
	int n = snprintf(line, sizeof(line), "%s%s%.255s\r\n", command,
			 *argument ? " " : "", argument);

	put(t, "> ", (struct slice){ line, (size_t)n - 2 });
	if (transmit(t, line, (size_t)n))
		return note(t, "= ", "closed");
	return hear(t, r);
}

static int ehlo(struct talk *t)
{
	struct slice ignored;
	struct smtp_reply r;

	if (say(t, "EHLO", t->to->helo ? t->to->helo : "localhost", &r))
		return -1;
	t->starttls = false;
	for (size_t i = 1; i < r.n; i++)
		t->starttls |= smtp_keyword(r.text[i], "STARTTLS", &ignored);
	return 0;
}

/* ---- TLS ---------------------------------------------------------------- */

static const char *tls_error(char *out, size_t size)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	snprintf(out, size, "%s", reason ? reason : "the handshake came to no end");
	return out;
}

static void put_name(struct talk *t, const unsigned char *p, int n)
{
	if (n > 0)
		put(t, "= certificate ", (struct slice){ (const char *)p,
			(size_t)n < NAME_SHOWN ? (size_t)n : NAME_SHOWN });
}

static bool put_alternative(struct talk *t, X509 *x)
{
	GENERAL_NAMES *all = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	bool found = false;

	for (int i = 0; all && !found && i < sk_GENERAL_NAME_num(all); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(all, i);

		if (g->type != GEN_DNS)
			continue;
		put_name(t, ASN1_STRING_get0_data(g->d.dNSName),
			 ASN1_STRING_length(g->d.dNSName));
		found = true;
	}
	GENERAL_NAMES_free(all);
	return found;
}

static void put_common(struct talk *t, X509 *x)
{
	char name[NAME_SHOWN];
	int n = X509_NAME_get_text_by_NID(X509_get_subject_name(x),
					  NID_commonName, name, sizeof(name));

	put_name(t, (const unsigned char *)name, n);
}

static void put_certificate(struct talk *t)
{
	X509 *x = SSL_get_peer_certificate(t->ssl);
	char until[32];
	struct tm tm;

	if (!x)
		return;
	if (!put_alternative(t, x))
		put_common(t, x);
	if (ASN1_TIME_to_tm(X509_get0_notAfter(x), &tm) == 1) {
		snprintf(until, sizeof(until), "%lld", (long long)timegm(&tm));
		note(t, "= until ", until);
	}
	if (t->to->helo)
		note(t, "= names ", X509_check_host(x, t->to->helo, 0, 0, NULL) == 1 ?
		     "us" : "others");
	X509_free(x);
}

static int start_tls(struct talk *t)
{
	char why[200];
	short events = POLLIN;
	int rc = 0;

	ERR_clear_error();
	t->ctx = SSL_CTX_new(TLS_client_method());
	t->ssl = t->ctx ? SSL_new(t->ctx) : NULL;
	if (!t->ssl || !SSL_set_fd(t->ssl, t->fd))
		return note(t, "= tls failed ", "no TLS here");
	if (t->to->helo)
		SSL_set_tlsext_host_name(t->ssl, t->to->helo);
	while (events && (rc = SSL_connect(t->ssl)) != 1) {
		events = wants(t, rc);
		if (events && !wait_for(t, events))
			events = 0;
	}
	if (rc != 1)
		return note(t, "= tls failed ", tls_error(why, sizeof(why)));
	note(t, "= tls ", SSL_get_version(t->ssl));
	put_certificate(t);
	t->taken = t->have = 0;	/* what came in the clear counts no more */
	return 0;
}

/* ----------------------------------------------------------------------- */

static void converse(struct talk *t)
{
	struct smtp_reply r;

	if ((t->to->tls_first && start_tls(t)) || hear(t, &r))
		return;
	if (r.code == 220 && ehlo(t))
		return;
	if (t->starttls && !t->ssl && !say(t, "STARTTLS", "", &r) && r.code == 220 &&
	    (start_tls(t) || ehlo(t)))
		return;
	say(t, "QUIT", "", &r);
}

static void finish(struct talk *t)
{
	if (t->ssl && SSL_is_init_finished(t->ssl))
		SSL_shutdown(t->ssl);
	SSL_free(t->ssl);
	SSL_CTX_free(t->ctx);
	ERR_clear_error();
	if (t->fd >= 0)
		close(t->fd);
}

int smtp_client_talk(const struct smtp_place *to, struct arena *a, char **out,
		     size_t *n, struct err *e)
{
	struct talk *t = arena_zalloc(a, sizeof(*t));
	int error;

	signal(SIGPIPE, SIG_IGN);	/* OpenSSL writes without MSG_NOSIGNAL */
	t->to = to;
	t->out = (struct buf)BUF_INIT(TRANSCRIPT_MAX);
	t->until = io_monotonic_ms() + SMTP_CLIENT_MS;
	error = connect_to(t, e);
	if (error < 0)
		return -1;
	if (!await_connection(t, error))
		converse(t);
	finish(t);
	*out = arena_strndup(a, t->out.data, t->out.len);
	*n = t->out.len;
	buf_free(&t->out);
	return 0;
}
