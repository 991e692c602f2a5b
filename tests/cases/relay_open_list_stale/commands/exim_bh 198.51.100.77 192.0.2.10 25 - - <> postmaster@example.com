
**** SMTP testing session as if from host 198.51.100.77
**** but without any ident (RFC 1413) callback.
**** This is not for real!

220 server.example ESMTP Exim 4.96 #2
250-server.example Hello [198.51.100.77]
250-SIZE 52428800
250 HELP
250 OK
250 Accepted
221 server.example closing connection
>>> host in hosts_connection_nolog? no (option unset)
>>> using ACL "acl_smtp_rcpt"
>>> processing "accept" (/etc/exim.conf 38)
>>> check authenticated = *
>>> accept: condition test failed in ACL "acl_smtp_rcpt"
>>> processing "accept" (/etc/exim.conf 41)
>>> check hosts = +loopback : +relay_hosts : +trustedmailhosts
>>> host in "<; @[]; 127.0.0.0/8 ; ::1"? no (end of list)
>>> host in "net-iplsearch;/etc/relayhosts"? no (end of list)
>>> host in "net-iplsearch;/etc/trustedmailhosts"? yes (matched "net-iplsearch;/etc/trustedmailhosts")
>>> host in "+loopback : +relay_hosts : +trustedmailhosts"? yes (matched "+trustedmailhosts")
>>> accept: condition test succeeded in ACL "acl_smtp_rcpt"
>>> end of ACL "acl_smtp_rcpt": ACCEPT
