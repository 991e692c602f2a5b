#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/ip.h"
#include "base/paths.h"
#include "base/text.h"
#include "priv/commands.h"
#include "priv/place.h"
#include "priv/valid.h"
#include "priv/verb.h"

/*
 * `exim -bh`: a session as if from a client, with Exim's trace of what its ACLs
 * decided (Exim specification, chapter 5). name: "CLIENT SERVER PORT
 * AUTHENTICATOR USER", the last two "-" for a client that has not logged in;
 * value: "SENDER RECIPIENT…", the null sender as "<>". No message is ever sent.
 * A session counts in Exim's rate limits as a real one does, so that they follow
 * one another with a pause, whoever asks.
 */
#define GAP_MS 200
#define WORDS 5
#define INPUT_MAX 8192
#define BROKEN_OFF 1	/* Exim gave up in the middle, and its log says why */

enum word { CLIENT, SERVER, PORT, AUTHENTICATOR, USER };

struct words {
	char w[WORDS][256];
};

/* Exactly so many, one blank apart, none empty. */
static bool split(const char *s, struct words *out)
{
	for (size_t i = 0; i < WORDS; i++) {
		size_t n = strcspn(s, " ");

		if (!n || n >= sizeof(out->w[i]) || (s[n] == ' ') != (i < WORDS - 1))
			return false;
		memcpy(out->w[i], s, n);
		out->w[i][n] = '\0';
		s += n + (i < WORDS - 1);
	}
	return true;
}

static bool is_port(const char *s)
{
	uint64_t port;

	return slice_uint(slice_of(s), 65535, &port) && port;
}

static bool is_authenticator(const char *s)
{
	return strlen(s) <= 64 && *s != '-' &&
		!s[strspn(s, "abcdefghijklmnopqrstuvwxyz"
			     "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")];
}

static bool is_login(const struct words *x)
{
	if (!strcmp(x->w[AUTHENTICATOR], "-"))
		return !strcmp(x->w[USER], "-");
	return is_authenticator(x->w[AUTHENTICATOR]) && *x->w[USER] != '-' &&
		(valid_login(x->w[USER]) || valid_mail_address(x->w[USER]));
}

static bool is_session(const char *s)
{
	struct words x;
	struct ip ip;

	return split(s, &x) && ip_parse(&ip, x.w[CLIENT]) &&
		ip_parse(&ip, x.w[SERVER]) && is_port(x.w[PORT]) && is_login(&x);
}

static bool is_envelope(const char *s)
{
	const char *blank = strchr(s, ' ');
	char sender[330];
	size_t n = blank ? (size_t)(blank - s) : 0;

	if (!n || n >= sizeof(sender) || !blank[1])
		return false;
	memcpy(sender, s, n);
	sender[n] = '\0';
	return (!strcmp(sender, "<>") || valid_mail_address(sender)) &&
		valid_mail_addresses(blank + 1);
}

/* The client calls itself by its address, as one without a name does (RFC 5321,
 * 4.1.3). */
static int conversation(const struct words *x, const char *envelope, struct buf *b)
{
	bool six = strchr(x->w[CLIENT], ':') != NULL;
	size_t n = strcspn(envelope, " ");
	bool null = envelope[0] == '<';

	buf_printf(b, "EHLO [%s%s]\r\nMAIL FROM:<%.*s>\r\n", six ? "IPv6:" : "",
		   x->w[CLIENT], null ? 0 : (int)n, envelope);
	for (const char *p = envelope + n; *p; p += n) {
		p++;
		n = strcspn(p, " ");
		buf_printf(b, "RCPT TO:<%.*s>\r\n", (int)n, p);
	}
	return buf_puts(b, "QUIT\r\n");
}

/* The file holds when the last session ended, on a clock that only goes on;
 * whoever runs one holds its lock. */
static int take_turn(struct err *e)
{
	int fd = place_file(PATH_SESSION_LAST, O_RDWR, e);
	int64_t last, now;

	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX)) {
		err_set(e, ERR_UNAVAILABLE, "%s: %s", PATH_SESSION_LAST, strerror(errno));
		close(fd);
		return -1;
	}
	now = io_monotonic_ms();
	if (pread(fd, &last, sizeof(last), 0) == (ssize_t)sizeof(last) &&
	    last <= now && now - last < GAP_MS) {
		const struct timespec rest = {
			.tv_nsec = (long)(GAP_MS - (now - last)) * 1000000,
		};

		nanosleep(&rest, NULL);
	}
	return fd;
}

static int end_turn(int turn, int answer, struct err *e)
{
	int64_t now = io_monotonic_ms();
	bool noted = pwrite(turn, &now, sizeof(now), 0) == (ssize_t)sizeof(now);

	close(turn);
	if (noted || answer < 0)
		return answer;
	close(answer);
	return err_set(e, ERR_UNAVAILABLE, "%s cannot be written", PATH_SESSION_LAST);
}

static int ask(const struct words *x, const char *input, struct err *e)
{
	char client[320], server[520];
	bool login = strcmp(x->w[USER], "-") != 0;
	const char *argv[] = {
		PATH_EXIM, "-bh", client, "-oMi", server,
		login ? "-oMaa" : NULL, x->w[AUTHENTICATOR], "-oMai", x->w[USER], NULL
	};

	snprintf(client, sizeof(client), "%s.40000", x->w[CLIENT]);
	snprintf(server, sizeof(server), "%s.%s", x->w[SERVER], x->w[PORT]);
	return command_talk(argv, input, BROKEN_OFF, e);
}

static int run(struct ask *a, struct err *e)
{
	struct buf b = BUF_INIT(INPUT_MAX);
	struct words x;
	int turn = -1, rc = -1;

	split(a->q->name, &x);
	if (conversation(&x, a->q->value, &b))
		err_set(e, ERR_LIMIT, "too many recipients for one session");
	else
		turn = take_turn(e);
	if (turn >= 0)
		rc = end_turn(turn, ask(&x, b.data, e), e);
	buf_free(&b);
	a->answer = rc;
	return rc < 0 ? -1 : 0;
}

const struct verb verb_exim_bh = {
	.name = "exim_bh",
	.who = WHO_ROOT | WHO_SCAN,
	.name_ok = is_session,
	.expect_ok = valid_nothing,
	.value_ok = is_envelope,
	.run = run,
};
