#include <fcntl.h>
#include <signal.h>

#include "priv/conversation.h"

/* The only part that runs as root: systemd starts one process a connection,
 * which is its descriptor 3. No arguments, nothing from the environment. */
#define CONNECTION 3

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	fcntl(CONNECTION, F_SETFD, FD_CLOEXEC);
	return conversation_serve(CONNECTION);
}
