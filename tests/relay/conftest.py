"""A box whose Exim decides by more than the usual: what a test session cannot know
has its verb too."""

import os

import pytest

from lab import seed
from lab.box import Box, wait_for

BUILD = os.environ.get("RD_BUILD", "build")
MORE = """
	deny senders = *@secrets.example
		!encrypted = *
		message = Please use TLS
"""
KNOCK = "import socket; socket.create_connection(('127.0.0.1', 25), 1)"
SMARTHOST = """
smarthost:
	driver = manualroute
	domains = nowhere.example
	route_list = * 192.0.2.90 byname
	transport = smarthost_smtp

lookuphost:
"""
SMARTHOST_SMTP = """
smarthost_smtp:
	driver = smtp
	port = 2525
	hosts_try_fastopen =

remote_smtp:
"""
CONNECT = """
acl_smtp_connect:
	drop hosts = 192.0.2.50
		message = No more mail from you
	accept

acl_smtp_rcpt:
"""


def judge_by_more(box):
    conf = box.read("/etc/exim.conf")
    conf = conf.replace("acl_smtp_rcpt = acl_smtp_rcpt",
                        "acl_smtp_connect = acl_smtp_connect\nacl_smtp_rcpt = acl_smtp_rcpt")
    conf = conf.replace("\nacl_smtp_rcpt:\n", CONNECT)
    conf = conf.replace("\taccept hosts = :\n", "\taccept hosts = :\n" + MORE)
    conf = conf.replace("hostlist loopback = <; @[]; 127.0.0.0/8 ; ::1", "hostlist loopback = <; ::1")
    conf = conf.replace("log_selector = ", "log_selector = +smtp_protocol_error ")
    conf = conf.replace("auth_advertise_hosts = *",
                        "auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}}")
    conf = conf.replace("\nlookuphost:\n", SMARTHOST).replace("\nremote_smtp:\n", SMARTHOST_SMTP)
    box.write("/etc/exim.conf", conf)
    box.write("/etc/trustedmailhosts", "# the office\n192.0.2.70\n2001:db8:10::1\n")
    box.write("/etc/relayhosts", "192.0.2.60\n192.0.2.80\n")
    box.restart_unit("lab-exim.service")
    wait_for(lambda: box.run(["/usr/bin/python3", "-c", KNOCK], check=False).returncode == 0,
             what="Exim")


@pytest.fixture(scope="session")
def box():
    with Box(build=BUILD, world=seed.small()) as b:
        judge_by_more(b)
        yield b
