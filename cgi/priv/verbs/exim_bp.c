#include "base/paths.h"
#include "priv/commands.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* The lists that say what is local and what is relayed, and the options that
 * say where and how long Exim listens and loops, which ACL judges what, and the
 * names of the authenticators. A list that a configuration does not have is a line
 * of the output, no error. */
static int run(struct ask *a, struct err *e)
{
	static const char *const argv[] = {
		PATH_EXIM, "-bP", "+local_domains", "+relay_domains",
		"primary_hostname", "local_interfaces", "daemon_smtp_ports",
		"tls_on_connect_ports", "extra_local_interfaces",
		"received_headers_max", "acl_smtp_connect", "acl_smtp_helo",
		"acl_smtp_mail", "acl_smtp_rcpt", "authenticator_list", NULL
	};

	a->answer = command_output(argv, 0, e);
	return a->answer < 0 ? -1 : 0;
}

const struct verb verb_exim_bp = {
	.name = "exim_bp",
	.who = WHO_ROOT | WHO_SCAN,
	.name_ok = valid_nothing,
	.expect_ok = valid_nothing,
	.value_ok = valid_nothing,
	.run = run,
};
