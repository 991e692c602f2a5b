"""exim.conf in the shape of cPanel's, and the directories that Exim wants.

Written from what is public about cPanel's configuration: the lists it reads, the
names of its routers and transports, the texts of its denials. As in its logs,
an arrival names the recipients ("for a@b").
"""

from lab import seed

# What a router does that reads somebody's filter.
FILTERED = """\
	allow_filter
	allow_fail
	allow_defer
	forbid_filter_run
	no_verify
	file_transport = address_file
	directory_transport = address_file
	pipe_transport = address_pipe
	reply_transport = address_reply
"""

CONF = r"""
primary_hostname = {hostname}
domainlist local_domains = lsearch;/etc/localdomains
domainlist secondarymx_domains = lsearch;/etc/secondarymx
domainlist relay_domains = lsearch;/etc/localdomains : lsearch;/etc/secondarymx
domainlist user_domains = lsearch;/etc/userdomains
hostlist loopback = <; @[]; 127.0.0.0/8 ; ::1
hostlist relay_hosts = net-iplsearch;/etc/relayhosts
hostlist trustedmailhosts = net-iplsearch;/etc/trustedmailhosts

exim_user = mailnull
exim_group = mail
spool_directory = /var/spool/exim
log_file_path = /var/log/exim_%slog
log_selector = +incoming_port +smtp_connection +all_parents +retry_defer +subject \
	+arguments +received_recipients
keep_environment =
never_users = root
host_lookup = *
rfc1413_query_timeout = 0s
ignore_bounce_errors_after = 1d
timeout_frozen_after = 5d
daemon_smtp_ports = 25 : 465 : 587{ports}
auth_advertise_hosts = {auth}
tls_on_connect_ports = 465
tls_advertise_hosts = *
tls_certificate = /var/cpanel/ssl/cert.pem
tls_privatekey = /var/cpanel/ssl/key.pem
extra_local_interfaces = {nat}
smtp_banner = "${{primary_hostname}} ESMTP Exim ${{version_number}} \#${{compile_number}} ${{tod_full}}"
acl_smtp_rcpt = acl_smtp_rcpt
acl_smtp_data = acl_smtp_data

begin acl

acl_smtp_rcpt:
	accept hosts = :
	accept authenticated = *
	deny condition = ${{if eq{{$received_port}}{{587}}}}
		message = SMTP AUTH is required for message submission on port 587
	accept hosts = +loopback : +relay_hosts : +trustedmailhosts
	accept domains = +relay_domains
		endpass
		verify = recipient
	deny message = $sender_host_address is not permitted to relay through this server \
			without authentication.
		log_message = Rejected relay attempt: '$sender_host_address' \
			From: '$sender_address' To: '$local_part@$domain'

acl_smtp_data:
	accept

begin routers

manualmx:
	driver = manualroute
	domains = lsearch;/etc/manualmx
	route_data = $domain_data
	transport = remote_smtp

lookuphost:
	driver = dnslookup
	domains = !+local_domains
	ignore_target_hosts = 127.0.0.0/8
	transport = remote_smtp

fail_remote_domains:
	driver = redirect
	domains = !+local_domains
	allow_fail
	data = :fail: The mail server could not deliver mail to $local_part@$domain.  \
		The account or domain may not exist, they may be blacklisted, or missing \
		the proper dns entries.

system_aliases:
	driver = redirect
	domains = $primary_hostname
	allow_fail
	allow_defer
	data = ${{lookup{{$local_part}}lsearch{{/etc/aliases}}}}

central_filter:
	driver = redirect
	domains = dsearch;/etc/vfilters
	user = ${{lookup{{$domain}}lsearch{{/etc/userdomains}}}}
	file = /etc/vfilters/$domain_data
{FILTERED}
userforward:
	driver = redirect
	domains = $primary_hostname
	check_local_user
	file = $home/.forward
{FILTERED}
localuser:
	driver = accept
	domains = $primary_hostname
	check_local_user
	transport = local_delivery

virtual_aliases_nostar:
	driver = redirect
	domains = dsearch;/etc/valiases
	allow_fail
	allow_defer
	data = ${{lookup{{$local_part@$domain}}lsearch{{/etc/valiases/$domain_data}}}}
	user = ${{lookup{{$domain}}lsearch{{/etc/userdomains}}}}
	file_transport = address_file
	pipe_transport = address_pipe

# Beside the directory that the account's own passwd line names.
virtual_user_filter:
	driver = redirect
	domains = +user_domains
	local_parts = lsearch;/home/${{lookup{{$domain}}lsearch{{/etc/userdomains}}}}/etc/\
		${{lookup{{$domain}}dsearch{{/etc/valiases}}}}/passwd
	user = ${{lookup{{$domain}}lsearch{{/etc/userdomains}}}}
	condition = ${{if exists{{${{sg{{${{extract{{5}}{{:}}{{$local_part_data}}}}}}{{/mail/}}{{/etc/}}}}/filter}}}}
	file = ${{sg{{${{extract{{5}}{{:}}{{$local_part_data}}}}}}{{/mail/}}{{/etc/}}}}/filter
{FILTERED}
virtual_user:
	driver = accept
	domains = +user_domains
	local_parts = lsearch;/home/${{lookup{{$domain}}lsearch{{/etc/userdomains}}}}/etc/\
		${{lookup{{$domain}}dsearch{{/etc/valiases}}}}/passwd
	transport = dovecot_virtual_delivery

virtual_domain_aliases:
	driver = redirect
	domains = dsearch;/etc/vdomainaliases
	data = $local_part@${{lookup{{$domain}}lsearch{{/etc/vdomainaliases/$domain_data}}}}

virtual_aliases:
	driver = redirect
	domains = dsearch;/etc/valiases
	allow_fail
	allow_defer
	data = ${{lookup{{*}}lsearch{{/etc/valiases/$domain_data}}}}

begin transports

remote_smtp:
	driver = smtp
	helo_data = $primary_hostname
	hosts_try_dane =

local_delivery:
	driver = appendfile
	maildir_format
	directory = $home/mail
	delivery_date_add
	envelope_to_add
	return_path_add

address_file:
	driver = appendfile

address_pipe:
	driver = pipe
	return_output

address_reply:
	driver = autoreply

# The directory and the owner come from the account's own passwd line.
dovecot_virtual_delivery:
	driver = appendfile
	maildir_format
	directory = ${{extract{{5}}{{:}}{{$local_part_data}}}}
	user = ${{extract{{2}}{{:}}{{$local_part_data}}}}
	group = ${{extract{{3}}{{:}}{{$local_part_data}}}}
	mode = 0640
	delivery_date_add
	envelope_to_add
	return_path_add

begin retry

* * F,2h,15m; G,16h,1h,1.5; F,4d,6h

begin authenticators

dovecot_plain:
	driver = plaintext
	public_name = PLAIN
	server_prompts = :
	server_condition = ${{if eq{{$auth3}}{{${{lookup{{$auth2}}lsearch{{/run/lab/smtp-auth}}{{$value}}{{*}}}}}}}}
	server_set_id = $auth2

dovecot_login:
	driver = plaintext
	public_name = LOGIN
	server_prompts = <| Username: | Password:
	server_condition = ${{if eq{{$auth2}}{{${{lookup{{$auth1}}lsearch{{/run/lab/smtp-auth}}{{$value}}{{*}}}}}}}}
	server_set_id = $auth1
"""


def _advertise(mute_ports):
    """AUTH for everybody, but not on these ports."""
    hosts = "*"
    for port in mute_ports:
        hosts = f"${{if eq{{$received_port}}{{{port}}}{{}}{{{hosts}}}}}"
    return hosts


def frozen_bounce(message, to, failed, when):
    """Both spool files of a bounce about a loop that could not be returned to `to`."""
    def header(text, flag=" "):
        return f"{len(text):03}{flag} {text}"
    headers = "".join(header(text, flag) for text, flag in (
        (f"X-Failed-Recipients: {failed}\n", " "), ("Auto-Submitted: auto-replied\n", " "),
        (f"From: Mail Delivery System <Mailer-Daemon@{seed.HOSTNAME}>\n", "F"),
        (f"To: {to}\n", "T"),
        ("Subject: Mail delivery failed: returning message to sender\n", " "),
        (f"Message-Id: <E{message}@{seed.HOSTNAME}>\n", "I"),
        ("Date: Tue, 24 Nov 2026 07:00:00 +0000\n", " ")))
    body = (f"This message was created automatically by mail delivery software.\n\n  {failed}\n"
            '    Too many "Received" headers - suspected mail loop\n\n'
            "------ This is a copy of the message, including all the headers. ------\n\n"
            f"From: {to}\nSubject: round\n\nround\n")
    return (f"{message}-H\nmailnull 47 12\n<>\n{when} 0\n-ident mailnull\n"
            f"-received_protocol local\n-body_linecount {body.count(chr(10))}\n"
            f"-max_received_linelength 80\n-frozen {when}\n-allow_unqualified_recipient\n"
            f"-allow_unqualified_sender\n-local\nXX\n1\n{to}\n\n{headers}",
            f"{message}-D\n{body}")


def _queue(tree, world):
    for path in ("", "/input", "/msglog", "/db"):
        tree.directory("/var/spool/exim" + path, 0o750, "mailnull", "mail")
    for message, to, failed in world.frozen:
        for kind, text in zip("HD", frozen_bounce(message, to, failed, int(world.now) - 3600)):
            tree.write(f"/var/spool/exim/input/{message}-{kind}", text, 0o640, "mailnull", "mail")


def write(tree, world, password):
    tree.write("/etc/exim.conf", CONF.format(
        FILTERED=FILTERED, hostname=seed.HOSTNAME, nat=seed.NAT_PUBLIC,
        auth=_advertise(world.mute_ports),
        ports="".join(f" : {port}" for port in world.mute_ports)), 0o644)
    # Where this distribution's binary looks for it.
    for path in ("/etc/exim4/exim4.conf", "/etc/exim/exim.conf"):
        tree.link(path, "/etc/exim.conf")
    _queue(tree, world)
    for name in ("reject", "panic"):
        tree.write(f"/var/log/exim_{name}log", "", 0o640, "mailnull", "mail")
    tree.write("/etc/aliases", "root: :blackhole:\npostmaster: :blackhole:\n"
               "mailnull: :blackhole:\n")
    tree.write("/run/lab/smtp-auth", f"info@bakery.example: {password}\n",
               0o640, "root", "mail")
