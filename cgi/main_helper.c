#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "priv/conversation.h"
#include "priv/guard.h"

/* The only part that runs as root: systemd starts one process a connection,
 * which is its descriptor 3, without arguments; and, when nobody has kept a change
 * of the firewall in time, `relaydoctor-helper rollback CHANGE`. Nothing is taken from
 * the environment. */
#define CONNECTION 3

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc == 3 && !strcmp(argv[1], "rollback"))
		return guard_rollback(argv[2]);
	fcntl(CONNECTION, F_SETFD, FD_CLOEXEC);
	return conversation_serve(CONNECTION);
}
