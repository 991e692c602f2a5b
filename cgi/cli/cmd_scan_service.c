/* The scan service: one connection, one request, one answer. systemd starts it
 * under an account of its own with the connection as descriptor 3. */
#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/confine.h"
#include "base/io.h"
#include "base/json.h"
#include "base/log.h"
#include "base/paths.h"
#include "cli/answer.h"
#include "cli/answer_mine.h"
#include "cli/command.h"

#define CONNECTION 3
#define REQUEST_MAX (7u << 20)	/* a text to explain of 1 MiB, each byte an escape of six */
#define REQUEST_MS 10000
#define PROGRESS_MS 200

static int run(int argc, char **argv);

const struct command_word command_scan_service = {
	.name = "scan-service", .usage = "", .help = NULL, .run = run,
};

/* Root (the command line) and the admin front; the socket's mode says so too. */
static bool peer_may_ask(void)
{
	const struct passwd *pw = getpwnam(ACCOUNT_ADMIN);
	struct ucred peer;
	socklen_t n = sizeof(peer);

	if (getsockopt(CONNECTION, SOL_SOCKET, SO_PEERCRED, &peer, &n))
		return false;
	return peer.uid == 0 || (pw && peer.uid == pw->pw_uid);
}

static int take_more(struct buf *b, int64_t deadline, struct err *e)
{
	struct pollfd p = { .fd = CONNECTION, .events = POLLIN };
	int64_t left = deadline - io_monotonic_ms();
	char piece[4096];
	ssize_t n;

	if (left <= 0 || poll(&p, 1, (int)left) == 0)
		return err_set(e, ERR_INPUT, "no whole request within 10 s");
	n = recv(CONNECTION, piece, sizeof(piece), 0);
	if (n < 0 && errno == EINTR)
		return 0;
	if (n <= 0 || buf_add(b, piece, (size_t)n))
		return err_set(e, ERR_INPUT, "the request is cut or over 7 MiB");
	return 0;
}

/* What of b is behind the line stays in it. */
static json_object *take_request(struct buf *b, struct err *e)
{
	int64_t deadline = io_monotonic_ms() + REQUEST_MS;
	json_object *o;
	size_t seen = 0, n;
	char *end = NULL;

	while (!(end = b->len > seen ? memchr(b->data + seen, '\n', b->len - seen) : NULL)) {
		seen = b->len;
		if (take_more(b, deadline, e))
			return NULL;
	}
	n = (size_t)(end - b->data);
	o = json_read(b->data, n, "the request", e);
	memmove(b->data, end + 1, b->len - n - 1);
	b->len -= n + 1;
	return o;
}

/* {"KIND": o} as one line; takes o over. */
static void send_line(const char *kind, json_object *o)
{
	json_object *line = json_object_new_object();
	const char *text;

	json_object_object_add(line, kind, o);
	text = json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN);
	if (io_write_all(CONNECTION, text, strlen(text)) ||
	    io_write_all(CONNECTION, "\n", 1))
		log_line(LOG_LINE_INFO, "scan: the asker has gone: %s", strerror(errno));
	json_object_put(line);
}

/* What was told last. */
struct told {
	int64_t at;		/* ms */
	int64_t tenth;		/* of the names that DNS was asked for */
};

/* Not each name, but each tenth: most answers come at once, and the few that
 * are waited for then shall not look like none. */
static void send_progress(void *ctx, json_object *o)
{
	struct told *last = ctx;
	int64_t now = io_monotonic_ms(), total = json_number(o, "total", 0);
	int64_t tenth = total ? json_number(o, "done", 0) * 10 / total : 0;

	if (total && tenth == last->tenth && now - last->at < PROGRESS_MS &&
	    !json_member(o, "findings"))
		return;
	*last = (struct told){ now, tenth };
	send_line("progress", json_object_get(o));
}

static void send_error(const struct err *e)
{
	json_object *o = json_object_new_object();

	json_put_text(o, "code", err_name(e->code));
	json_put_text(o, "text", e->text);
	send_line("error", o);
}

/* The account on whose behalf is asked has been named: the next request is for
 * its objects alone. */
static int answer_account(struct world *w, json_object *named, struct buf *b,
			  json_object **result, struct err *e)
{
	const char *account = answer_mine_account(named);
	json_object *request = take_request(b, e);
	int rc;

	if (!request)
		return -1;
	rc = text_is_account(account) ? answer_mine(w, account, request, result, e) :
		err_set(e, ERR_INPUT, "'%.100s' is no account's name", account);
	json_object_put(request);
	return rc;
}

static int answer(struct world *w, json_object *request, struct buf *b,
		  json_object **result, struct err *e)
{
	struct told last = { 0, 0 };

	if (answer_mine_account(request))
		return answer_account(w, request, b, result, e);
	return answer_request(w, request, send_progress, &last, result, e);
}

static int run(int argc, char **argv)
{
	struct buf b = BUF_INIT(REQUEST_MAX);
	json_object *request, *result = NULL;
	struct world *w = NULL;
	const struct confinement confinement = {
		.internet = true, .writable = PATH_SCAN_STATE, .kills = CONFINE_KILLS_HERE,
	};
	struct err e;

	(void)argv;
	if (argc != 1 || !peer_may_ask()) {
		log_line(LOG_LINE_ERROR, "scan-service: descriptor 3 is not a connection of ours");
		return EXIT_USAGE;
	}
	confine(&confinement);
	request = take_request(&b, &e);
	if (request)
		w = world_live(json_text(request, "resolver"), &e);
	if (w && !answer(w, request, &b, &result, &e))
		send_line("result", result);
	else
		send_error(&e);
	if (w)
		w->ops->close(w);
	json_object_put(request);
	buf_free(&b);
	return EXIT_FINE;
}
