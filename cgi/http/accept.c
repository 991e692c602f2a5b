#include "http/accept.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "http/accept_hall.h"
#include "http/fcgi.h"

#define COMPLAIN_EVERY_MS 60000
#define OUT_OF_DESCRIPTORS_MS 100

bool hall_is_empty(const struct hall *h)
{
	for (size_t i = 0; i < ACCEPT_IN_ALL; i++)
		if (h->seats[i].taken)
			return false;
	return true;
}

/* NULL when the uid, or the hall, has as many as it may; else the first free
 * one, which most likely has a thread. */
static struct seat *seat_find(struct hall *h, uid_t uid)
{
	struct seat *found = NULL;
	unsigned own = 0;

	for (struct seat *s = h->seats; s < h->seats + ACCEPT_IN_ALL; s++)
		if (!s->taken && found == NULL)
			found = s;
		else if (s->taken && s->visit.peer.uid == uid)
			own++;
	return own < h->mode->per_uid ? found : NULL;
}

static struct seat *seat_take(struct hall *h, int fd, const struct ucred *peer)
{
	struct seat *s;

	pthread_mutex_lock(&h->lock);
	s = seat_find(h, peer->uid);
	if (s != NULL) {
		s->visit = (struct visit){ .fd = fd, .peer = *peer };
		s->hall = h;
		s->taken = true;
		s->due_ms = io_monotonic_ms() + ACCEPT_UNTIL_WHOLE_S * 1000;
	}
	pthread_mutex_unlock(&h->lock);
	return s;
}

static void seat_give_back(struct hall *h, struct seat *s)
{
	pthread_mutex_lock(&h->lock);
	s->taken = false;
	pthread_mutex_unlock(&h->lock);
}

/* One line a minute: who floods the front must not flood the log. */
static void turn_away(struct hall *h, int fd, uid_t uid)
{
	int64_t now = io_monotonic_ms();

	fcgi_refuse(fd, 503);
	close(fd);
	if (h->complained_ms != 0 && now - h->complained_ms < COMPLAIN_EVERY_MS)
		return;
	h->complained_ms = now;
	log_line(LOG_LINE_WARNING, "too many connections at once: uid %lu has "
		 "%u at most, all together %d; further ones get 503",
		 (unsigned long)uid, h->mode->per_uid, ACCEPT_IN_ALL);
}

static void admit(struct hall *h, int fd)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);
	struct seat *s;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) != 0 ||
	    (h->mode->root_only && peer.uid != 0)) {
		close(fd);
		return;
	}
	s = seat_take(h, fd, &peer);
	if (s != NULL && h->mode->start(h, s) == 0)
		return;
	if (s != NULL)
		seat_give_back(h, s);
	turn_away(h, fd, peer.uid);
}

static void accept_one(struct hall *h)
{
	struct pollfd told = { .fd = h->signals, .events = POLLIN };
	int fd = accept4(h->listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0)
		admit(h, fd);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
		 errno == ENOBUFS)
		poll(&told, 1, OUT_OF_DESCRIPTORS_MS);	/* or it would spin */
}

/* False once told to stop. */
static bool stay(struct hall *h)
{
	struct signalfd_siginfo si;

	if (read(h->signals, &si, sizeof(si)) != sizeof(si))
		return true;
	if (si.ssi_signo == SIGHUP)
		h->reload(h->ctx);
	return si.ssi_signo == SIGHUP || si.ssi_signo == SIGCHLD;
}

static void hall_serve(struct hall *h)
{
	struct pollfd p[] = {
		{ .fd = h->signals, .events = POLLIN },
		{ .fd = h->listener, .events = POLLIN },
	};

	for (;;) {
		if (poll(p, 2, h->mode->tend(h)) <= 0)
			continue;
		if (p[0].revents != 0 && !stay(h))
			return;
		if (p[1].revents != 0)
			accept_one(h);
	}
}

static int take_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static struct hall *hall_new(const struct accept_mode *mode, int listener,
			     visit_fn *serve, reload_fn *reload, void *ctx)
{
	struct hall *h = calloc(1, sizeof(*h));

	if (h == NULL)
		abort();
	h->mode = mode;
	h->serve = serve;
	h->reload = reload;
	h->ctx = ctx;
	h->listener = listener;
	h->signals = take_signals();
	h->rate = rate_new();
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->left, NULL);
	return h;
}

static void hall_free(struct hall *h)
{
	if (h->signals >= 0)
		close(h->signals);
	rate_free(h->rate);
	pthread_cond_destroy(&h->left);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

int accept_run(const struct accept_mode *mode, int listener, visit_fn *serve,
	       reload_fn *reload, void *ctx)
{
	struct hall *h = hall_new(mode, listener, serve, reload, ctx);
	int flags = fcntl(listener, F_GETFL);

	if (h->signals < 0 || flags < 0 ||
	    fcntl(listener, F_SETFL, flags | O_NONBLOCK) != 0) {
		hall_free(h);
		return -1;
	}
	hall_serve(h);
	if (mode->close(h))
		hall_free(h);
	return 0;
}
