/*
 * relaydoctor-front admin|user: answers the doors over the socket that systemd
 * opened (sd_listen_fds(3): one, number 3). Two processes of one program, each
 * with its own uid; neither holds any privilege.
 */
#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/log.h"
#include "base/paths.h"
#include "http/accept.h"
#include "http/fcgi.h"

#define LISTENER 3

static const struct side {
	const char *name, *socket, *state_dir;
	const struct accept_mode *mode;
	bool whm;
} sides[] = {
	{ "admin", PATH_ADMIN_SOCK, PATH_ADMIN_STATE, &accept_by_threads, true },
	{ "user", PATH_USER_SOCK, NULL, &accept_by_children, false },
};

static const struct side *side_named(const char *name)
{
	for (size_t i = 0; i < sizeof(sides) / sizeof(*sides); i++)
		if (name != NULL && strcmp(sides[i].name, name) == 0)
			return &sides[i];
	return NULL;
}

static bool passed_one_socket(void)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");

	return pid != NULL && strtol(pid, NULL, 10) == getpid() &&
	       n != NULL && strcmp(n, "1") == 0 &&
	       fcntl(LISTENER, F_SETFD, FD_CLOEXEC) == 0;
}

/* The name says which rights a connection has: an admin front on user.sock
 * would take everybody for root. */
static bool listens_at(int fd, const char *path)
{
	struct sockaddr_un sa = { 0 };
	socklen_t n = sizeof(sa) - 1, m = sizeof(int);
	int listening = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &m) == 0 &&
	       listening && getsockname(fd, (struct sockaddr *)&sa, &n) == 0 &&
	       sa.sun_family == AF_UNIX && strcmp(sa.sun_path, path) == 0;
}

/* Not dumpable: no process of the same uid can look into another's memory or
 * take its connection; a taken-over child stays alone with its own. The name
 * service is loaded here, once, instead of in every child. */
static void prepare(const struct side *side)
{
	const struct confinement confinement = {
		.writable = side->state_dir, .kills = CONFINE_KILLS_HERE,
	};
	sigset_t reload;

	/* One that comes while it starts waits for the acceptor. */
	sigemptyset(&reload);
	sigaddset(&reload, SIGHUP);
	sigprocmask(SIG_BLOCK, &reload, NULL);
	prctl(PR_SET_DUMPABLE, 0);
	signal(SIGPIPE, SIG_IGN);
	getpwuid(getuid());
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	confine(&confinement);
}

int main(int argc, char **argv)
{
	const struct side *side = side_named(argc == 2 ? argv[1] : NULL);
	struct fcgi_front front;

	if (side == NULL) {
		fputs("usage: relaydoctor-front admin|user\n", stderr);
		return 2;
	}
	if (!passed_one_socket() || !listens_at(LISTENER, side->socket)) {
		log_line(LOG_LINE_ERROR, "expected %s as descriptor %d; start it "
			 "by systemctl start relaydoctor-%s.socket",
			 side->socket, LISTENER, side->name);
		return 1;
	}
	prepare(side);
	if (FCGX_Init() != 0)
		return 1;
	front.whm = side->whm;
	front.app = app_new(PATH_TEMPLATES, side->state_dir);
	if (front.app == NULL)
		return 1;	/* it has said why */
	if (side->whm)
		app_watch(front.app);
	if (accept_run(side->mode, LISTENER, fcgi_serve, fcgi_reload,
		       &front) != 0) {
		log_line(LOG_LINE_ERROR, "cannot serve %s: %s",
			 side->socket, strerror(errno));
		return 1;
	}
	_exit(0);	/* without waiting for a thread that does not come back */
}
