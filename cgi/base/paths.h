#ifndef BASE_PATHS_H
#define BASE_PATHS_H

/* Where an installation stands. Fixed: nothing here comes from a request or an
 * environment. The unit files in whm-plugin/systemd name the same sockets. */
#define PATH_RUN	"/run/relaydoctor"
#define PATH_STATE	"/var/lib/relaydoctor"
#define PATH_SHARE	"/usr/share/relaydoctor"
#define PATH_LIBEXEC	"/usr/libexec/relaydoctor"
#define PATH_CLI	"/usr/bin/relaydoctor"
#define PATH_HELPER	PATH_LIBEXEC "/relaydoctor-helper"

#define PATH_HELPER_SOCK	PATH_RUN "/helper.sock"
#define PATH_ADMIN_SOCK		PATH_RUN "/admin.sock"
#define PATH_USER_SOCK		PATH_RUN "/user.sock"
#define PATH_SCAN_SOCK		PATH_RUN "/scan.sock"
#define PATH_JOURNAL		PATH_STATE "/journal"
#define PATH_RULES		PATH_STATE "/rules"	/* the packet filter before a change */
#define PATH_FROZEN		PATH_STATE "/frozen"	/* bounces that were removed */
#define PATH_ADMIN_STATE	PATH_STATE "/admin"	/* the admin front's own */
#define PATH_SCAN_STATE		PATH_STATE "/scan"	/* the scan's own */
#define PATH_LOG	"/var/log/relaydoctor"
#define PATH_TICKETS		PATH_RUN "/tickets"	/* of the doors, 60 s each */
#define PATH_SESSIONS		PATH_RUN "/sessions"	/* who holds an open change */
#define PATH_CHANGE_LOCK	PATH_RUN "/change.lock"
#define PATH_PROBE_LAST		PATH_RUN "/probe.last"	/* when the last one was */
#define PATH_OUTSIDE_LAST	PATH_RUN "/outside.last"	/* … to others' mail ports, by address */
#define PATH_SESSION_LAST	PATH_RUN "/exim_bh.last"	/* of Exim's test sessions */
#define PATH_TEMPLATES		PATH_SHARE "/templates"

/* System accounts: one a duty, none with a shell. */
#define ACCOUNT_ADMIN	"relaydoctor-admin"	/* the front of the WHM doors */
#define ACCOUNT_USER	"relaydoctor-user"	/* the front of the cPanel users' door */
#define ACCOUNT_SCAN	"relaydoctor-scan"	/* reads what strangers write */
#define ACCOUNT_PARSE	"relaydoctor-parse"	/* reads one reply for the helper */
#define GROUP_ALL	"relaydoctor"		/* those who may speak to the helper */

#define PATH_WHMAPI1	"/usr/local/cpanel/bin/whmapi1"
#define PATH_UAPI	"/usr/local/cpanel/bin/uapi"
#define PATH_CSF	"/usr/sbin/csf"
#define PATH_FIREWALL_CMD	"/usr/bin/firewall-cmd"
#define PATH_SYSTEMD_RUN	"/usr/bin/systemd-run"
#define PATH_EXIM	"/usr/sbin/exim"
#define PATH_QUEUE	"/var/spool/exim/input"
#define PATH_CPANEL_USERS	"/var/cpanel/users"	/* one file an account */

#define PATH_ADMIN_DOOR		"/usr/local/cpanel/whostmgr/docroot/cgi/relaydoctor/admin.cgi"
#define PATH_RESELLER_DOOR	"/usr/local/cpanel/whostmgr/docroot/cgi/relaydoctor/reseller.cgi"
#define PATH_USER_DOOR		"/usr/local/cpanel/base/frontend/jupiter/relaydoctor/index.live.cgi"

#endif
