"""What stands in a box: accounts, domains, public DNS, mail that has come.

demo() holds one example of every finding and the healthy cases beside it; small()
is one domain right and one wrong, for tests that want a quick box. A test may
start from either and change what it likes before the box starts.
"""

import dataclasses
import time
from dataclasses import dataclass, field

HOSTNAME = "server1.hosting.example"
ADDRESS, ADDRESS6 = "203.0.113.10", "2001:db8:10::10"
DEDICATED = "203.0.113.11"
NAT_INSIDE, NAT_PUBLIC = "203.0.113.12", "198.51.100.200"

# Hosts of the lab's internet: each takes mail on port 25 at its own addresses.
GOOGLE, GOOGLE_ALT = "192.0.2.10", "192.0.2.11"
MICROSOFT, ZOHO = "192.0.2.20", "192.0.2.30"
SPAMEXPERTS, MIMECAST = "192.0.2.40", "192.0.2.50"
SMALL_MAIL, OWN_GATEWAY, PRIMARY = "192.0.2.60", "192.0.2.70", "192.0.2.80"
CUSTOMER = "198.51.100.77"      # somewhere at home
READER = "198.51.101.20"        # reads mail, and sends without a login
STRANGER = "192.0.2.90"
HOSTS = {
    "aspmx.l.google.com": [GOOGLE],
    "alt1.aspmx.l.google.com": [GOOGLE_ALT],
    "museum-example.mail.protection.outlook.com": [MICROSOFT],
    "remote-example.mail.protection.outlook.com": [MICROSOFT],
    "mx.zoho.eu": [ZOHO],
    "mx.antispamcloud.com": [SPAMEXPERTS],
    "eu-smtp-inbound-1.mimecast.com": [MIMECAST],
    "mx1.smallmail.example": [SMALL_MAIL],
    "filter.insurance-it.example": [OWN_GATEWAY],
    "mx1.primary-mail.example": [PRIMARY],
    "client.stranger.example": [STRANGER],
    HOSTNAME: [ADDRESS, ADDRESS6],
    "nat.hosting.example": [NAT_PUBLIC],
}

GOOGLE_MX = [(1, "aspmx.l.google.com"), (5, "alt1.aspmx.l.google.com")]
DAY = 86400
LOG_DAYS, ROTATED_DAYS = 6, 2


@dataclass
class Arrival:
    """A message in exim_mainlog that came from outside without AUTH."""
    host: str               # verified name, or "" when only the address is known
    address: str
    to: str
    days_ago: float
    sender: str = "someone@stranger.example"


@dataclass
class Failure:
    """A host that Exim could not reach, in exim_mainlog."""
    host: str
    address: str
    why: str
    minutes_ago: float


@dataclass
class Domain:
    """mx None: mail.NAME, which is this server. zone_mx None: the local zone
    says the same as the public one. dns "here": the name server of the box is the
    one that the domain is delegated to (World.named). listed None: as the routing asks for it;
    else the lists that hand edits left it in. aliases: lines of its file in /etc/valiases;
    forwarded: the domain that it is forwarded to."""
    name: str
    account: str
    kind: str = "main"      # main, addon, parked, sub
    mxcheck: str = "auto"
    mx: list = None
    hosts: dict = field(default_factory=dict)   # below NAME: addresses, or the name of an alias
    zone_mx: list = None
    listed: list = None
    dns: str = "public"     # public, timeout, servfail, refused, nxdomain, own, here
    address: list = field(default_factory=lambda: [ADDRESS])
    mailboxes: dict = field(default_factory=lambda: {"info": 0})
    arrivals: list = field(default_factory=list)
    aliases: list = field(default_factory=list)
    forwarded: str = ""

    def __post_init__(self):
        mail = "mail." + self.name
        if self.mx is None:
            self.mx = [(0, mail)]
        if any(host == mail for _, host in self.mx):
            self.hosts.setdefault(mail, [ADDRESS])


@dataclass
class Account:
    """filters: of all its mail, as its filter.yaml has them."""
    name: str
    owner: str = "root"
    reseller_acls: list = field(default_factory=list)
    features: list = field(default_factory=lambda: ["relaydoctor", "changemx"])
    suspended: bool = False
    filters: list = field(default_factory=list)


@dataclass
class World:
    """lines: what hand edits added to a list, {path: [line]}; a line that starts
    with a BOM goes first. watched_ports: those that WHM's Service Manager watches for
    Exim beside its own. mute_ports: Exim listens on them as well and offers no AUTH.
    named: a name server runs on the box too. logged: more of exim_mainlog, (minutes ago,
    text behind the time). files: {path: text} of root's. rules: for iptables-restore.
    frozen: bounces about loops in Exim's queue, (message, to, the address of the loop)."""
    accounts: list
    domains: list
    lines: dict = field(default_factory=dict)
    strangers: dict = field(default_factory=dict)   # zones of nobody here: {name: MX records}
    refused: list = field(default_factory=list)     # recipients that were refused, in the log
    reverse: dict = field(default_factory=dict)     # {address: name} where it is not the host's
    failures: list = field(default_factory=list)
    watched_ports: list = field(default_factory=list)
    mute_ports: list = field(default_factory=list)
    logged: list = field(default_factory=list)
    files: dict = field(default_factory=dict)
    rules: list = field(default_factory=list)
    frozen: list = field(default_factory=list)
    now: float = field(default_factory=time.time)
    named: bool = False

    def as_dict(self):
        return dataclasses.asdict(self)

    def domain(self, name):
        return next(d for d in self.domains if d.name == name)

    @staticmethod
    def of_dict(data):
        def domain(d):
            arrivals = [Arrival(**a) for a in d.pop("arrivals")]
            d["mx"] = [tuple(m) for m in d["mx"]]
            return Domain(**d, arrivals=arrivals)
        kept = {name: data[name] for name in ("lines", "refused", "reverse", "watched_ports",
                                              "mute_ports", "logged", "files", "rules", "frozen", "now",
                                              "named")}
        return World([Account(**a) for a in data["accounts"]],
                     [domain(d) for d in data["domains"]],
                     strangers={k: [tuple(m) for m in v] for k, v in data["strangers"].items()},
                     failures=[Failure(**f) for f in data["failures"]], **kept)


RESELLER_ACLS = ["edit-mx", "list-accts", "acct-summary", "basic-whm-functions",
                 "cpanel-api"]


def _accounts():
    return [
        Account("northweb", "northweb", RESELLER_ACLS),
        Account("southhost", "southhost", RESELLER_ACLS),
        Account("bakery", "northweb"), Account("shopco", "northweb"),
        Account("school", "northweb"), Account("clinic", "southhost"),
        Account("lawfirm", "southhost"), Account("travel", "southhost"),
        Account("studio"), Account("farm"), Account("civic"),
        Account("chorus", filters=[{
            "filtername": "Invoices to the treasurer", "enabled": 1,
            "rules": [{"part": "$header_subject:", "match": "contains", "val": "invoice",
                       "opt": None, "number": 1}],
            "actions": [{"action": "deliver", "dest": "copy@probed.example", "number": 1}]}]),
        Account("closed", suspended=True),
    ]


def healthy():
    return [
        Domain("bakery.example", "bakery", mailboxes={"info": 3, "orders": 12}),
        Domain("bakery-shop.example", "bakery", "parked"),
        Domain("news.bakery.example", "bakery", "sub"),
        Domain("northweb.example", "northweb", mxcheck="local"),
        Domain("southhost.example", "southhost"),
        Domain("lawfirm-office.example", "lawfirm", "addon", mxcheck="remote",
               mx=[(0, "remote-example.mail.protection.outlook.com")]),
        Domain("backup.example", "studio", "addon", mxcheck="secondary",
               mx=[(10, "mx1.primary-mail.example"), (20, "mail.backup.example")]),
        Domain("ipv6.example", "farm", "addon", hosts={"mail.ipv6.example": [ADDRESS6]}),
        Domain("dedicated.example", "travel", "addon",
               hosts={"mail.dedicated.example": [DEDICATED]}, address=[DEDICATED]),
        Domain("nat.example", "travel", "addon", mx=[(10, "nat.hosting.example")]),
        Domain("closed.example", "closed"),
    ]


def faulty():
    mailbox_full = {"info": 4, "sales": 1}
    return [
        # The story: Google's by its MX, swallowed here.
        Domain("shop.example", "shopco", mx=GOOGLE_MX, zone_mx=[(0, "shop.example")],
               mailboxes={"info": 2, "contact": 0}),
        # Nobody's table knows this provider, and the log is too young to prove it.
        Domain("clinic.example", "clinic", mxcheck="local",
               mx=[(10, "mx1.smallmail.example")], mailboxes=mailbox_full),
        Domain("lawfirm.example", "lawfirm", mxcheck="remote"),
        Domain("studio.example", "studio", listed=["local", "remote"], mxcheck="local"),
        Domain("farm.example", "farm", listed=[], mxcheck="local"),
        Domain("travel.example", "travel", listed=[], mxcheck="local"),
        Domain("hotel.example", "travel", "addon", dns="timeout"),
        Domain("museum.example", "civic", dns="servfail", mxcheck="remote"),
        Domain("library.example", "civic", "addon", dns="refused"),
        Domain("expired.example", "civic", "addon", dns="nxdomain"),
        Domain("gallery.example", "studio", "addon", dns="own", mx=GOOGLE_MX,
               zone_mx=[(0, "mail.gallery.example")]),
        Domain("school.example", "school", mxcheck="local",
               mx=[(10, "mx.antispamcloud.com")], mailboxes={"office": 7},
               arrivals=[Arrival("mx.antispamcloud.com", SPAMEXPERTS,
                                 "office@school.example", days)
                         for days in (5.2, 3.1, 0.4)]),
        Domain("bank.example", "school", "addon", mxcheck="local",
               mx=[(10, "eu-smtp-inbound-1.mimecast.com")]),
        Domain("cakes.example", "bakery", "addon",
               mx=[(10, "mail.cakes.example"), (10, "aspmx.l.google.com")]),
        Domain("implicit.example", "farm", "addon", mx=[]),
        Domain("nullmx.example", "farm", "addon", mxcheck="remote", mx=[(0, ".")]),
        Domain("alias.example", "farm", "addon",
               hosts={"mail.alias.example": ["www.alias.example"],
                      "www.alias.example": [ADDRESS]}),
        # A manual route from the days of its move stands in the way of its MX.
        Domain("remote.example", "studio", "addon", mxcheck="remote",
               mx=[(10, "mx.zoho.eu")]),
        # Set once, when its zone here still named Google; the lists were set by hand.
        Domain("gifts.example", "shopco", "addon", zone_mx=GOOGLE_MX, listed=["local"]),
        # Published as a backup of another server, kept as if it were the only one.
        Domain("theatre.example", "civic", "addon", mxcheck="local",
               mx=[(10, "mx1.primary-mail.example"), (20, "mail.theatre.example")]),
        Domain("typing.example", "studio", "addon", mxcheck="local",
               mx=[(10, "mail.typing.example.typing.example")], hosts={}),
        Domain("numbers.example", "studio", "addon", mxcheck="local", mx=[(10, ADDRESS)]),
        Domain("intranet.example", "farm", "addon", mxcheck="local",
               mx=[(10, "exchange.intranet.example")],
               hosts={"exchange.intranet.example": ["192.168.10.5"]}),
        Domain("insurance.example", "lawfirm", "addon", mxcheck="local",
               mx=[(10, "filter.insurance-it.example")],
               arrivals=[Arrival("filter.insurance-it.example", OWN_GATEWAY,
                                 "info@insurance.example", days)
                         for days in (4.0, 1.5)]),
    ]


def own_zones():
    """What is, or is believed to be, kept by the box's own name server."""
    return [
        # Its MX was changed in cPanel, but another server keeps its zone.
        Domain("harvest.example", "farm", "addon", mxcheck="remote", mx=GOOGLE_MX,
               zone_mx=[(5, "mx.zoho.eu")]),
        Domain("vine.example", "farm", "addon", dns="here", mxcheck="local", mx=[]),
        Domain("cork.example", "farm", "addon", dns="here", mxcheck="local",
               mx=[(10, "mx.gone.example")]),
    ]


RESPONDER = '"|/usr/local/cpanel/bin/autorespond'


def forwarding():
    """What turns one address into another, and does it wrong."""
    return [
        Domain("choir.example", "chorus", mxcheck="local", mailboxes={"info": 2},
               aliases=["tenor@choir.example: alto@choir.example",
                        "alto@choir.example: tenor@choir.example",
                        "info@choir.example: info@choir.example",
                        "tickets@choir.example: office@closed-down.example",
                        "board@choir.example: chair@remote.example",
                        'help@choir.example: "|/home/chorus/bin/tickets.pl"',
                        f"soprano@choir.example: {RESPONDER} soprano@choir.example "
                        '/home/chorus/.autorespond", bass@choir.example',
                        f"bass@choir.example: {RESPONDER} bass@choir.example "
                        '/home/chorus/.autorespond", soprano@choir.example',
                        "*: board@choir.example"]),
        # Left over from the days before the band had addresses of its own.
        Domain("band.example", "civic", "addon", mxcheck="local", mailboxes={"drums": 1},
               aliases=["bookings@band.example: drums@band.example", "*: drums@band.example"],
               forwarded="choir.example"),
    ]


CSF_CONF = '''TESTING = "0"
TCP_IN = "22,25,26,53,80,110,143,443,465,587,993,995,2083,2087"
TCP_OUT = "22,25,53,80,443,587"
IPV6 = "1"
TCP6_IN = "22,25,26,53,80,110,143,443,465,587,993,995,2083,2087"
TCP6_OUT = "22,25,53,80,443,587"
SMTP_BLOCK = "1"
SMTP_ALLOWLOCAL = "1"
SMTP_REDIRECT = "0"
SMTP_PORTS = "25,587"
SMTP_ALLOWUSER = "cpanel"
SMTP_ALLOWGROUP = "mail,mailman"
'''


def _refused(client, sender, recipient):
    return (f"H=(pc) [{client}]:50124 F=<{sender}> rejected RCPT <{recipient}>: Rejected relay "
            f"attempt: '{client}' From: '{sender}' To: '{recipient}'")


def _login_failed(client, login, answer="535 Incorrect authentication data", why=""):
    return (f"dovecot_login authenticator failed for H=(pc) [{client}]:50125: {answer} "
            f"(set_id={login}){why}")


def _refused_logins():
    """A customer sends without a login, next door one has a wrong password; a site on
    loopback; logins that nobody could check; a smarthost; and somebody's probes."""
    neighbour = "198.51.100.78"
    return [
        (80, _refused(READER, "contact@cakes.example", "x@far.example")),
        (79, _refused("127.0.0.1", "orders@gifts.example", "y@far.example")),
        *((70 - n, _login_failed(neighbour, "office@school.example")) for n in range(4)),
        (60, _login_failed(neighbour, "office@clinic.example",
                           "435 Unable to authenticate at present",
                           ": failed to open /home/clinic/etc/clinic.example/shadow: "
                           "Permission denied (euid=47 egid=12)")),
        (55, "1vN00D-00000001abC-0aBc == z@far.example R=smarthost T=remote_smtp defer (-42): "
             "authentication required but authentication attempt(s) failed"),
        *((54 - n, _refused(f"198.18.7.{n + 1}", "test@probe.example", "test@far.example"))
          for n in range(3))]


def _blocked(world):
    """Who blocks what: CSF and WHM both claim the restrictions, whose flag is missing;
    a customer's address is banned; an account is held, others ran into their limits."""
    world.files = {
        "/etc/csf/csf.conf": CSF_CONF,
        "/etc/csf/csf.deny": f"{CUSTOMER} # lfd: (smtpauth) Failed SMTP AUTH login from "
                             f"{CUSTOMER}: 5 in the last 3600 secs\n",
        "/etc/outgoing_mail_hold_users": "farm\n",
        "/var/log/maillog": time.strftime("%b %e %H:%M:%S", time.gmtime(world.now - 7200)) +
                            " server1 dovecot: imap-login: Login: user=<contact@cakes.example>, "
                            f"method=PLAIN, rip={READER}, lip={ADDRESS}, mpid=77, TLS, session=<x>\n",
        "/var/cpanel/cpanel.config": "smtpmailgidonly=1\n"}
    world.logged = [
        (90, f"1vN00A-00000001abC-0aBc <= info@bakery.example H=(pc) [{CUSTOMER}]:50123 "
             "P=esmtpsa X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no "
             "A=dovecot_login:info@bakery.example S=900 for x@far.example"),
        (50, "1vN00B-00000001abC-0aBc ** b@far.example R=enforce_mail_permissions : Domain "
             "travel.example has exceeded the max emails per hour (205/200 (102%)) allowed.  "
             "Message discarded."),
        (40, "1vN00C-00000001abC-0aBc ** b@far.example R=enforce_mail_permissions : Domain "
             "cork.example has exceeded the max defers and failures per hour (15/15 (100%)) "
             "allowed.  Message discarded."),
        (20, '1vN00D-00000001abC-0aBc ** board@choir.example: Too many "Received" headers - '
             "suspected mail loop"),
        *_refused_logins()]
    world.frozen = [("1vN00E-0001ab-0a", "someone@stranger.example", "board@choir.example")]
    world.rules = [
        "*nat", "-A OUTPUT -p tcp --dport 25 -m owner --uid-owner farm -j REDIRECT", "COMMIT",
        "*filter", f"-A INPUT -p tcp --dport 465 ! -s {ADDRESS} -j DROP",
        "-A OUTPUT -p tcp --dport 587 ! -d 203.0.113.0/24 ! -o lo -j REJECT", "COMMIT"]


def demo():
    world = World(_accounts(), healthy() + faulty() + own_zones() + forwarding(), named=True)
    # A dot that a hand left at the end: Exim's lookup never matches the line. A
    # pattern that a plain look-up does not read. A domain that its account left behind.
    world.lines["/etc/localdomains"] = ["travel.example.", "*.travel.example", "left.example"]
    world.lines["/etc/remotedomains"] = [HOSTNAME]
    world.lines["/etc/manualmx"] = ["remote.example: mx1.smallmail.example"]
    # Whoever sits in that network sends as anybody.
    world.lines["/etc/trustedmailhosts"] = ["198.51.102.0/24"]
    # Moved away years ago, its MX still says this server; what a probe has named.
    world.strangers = {"moved.example": [(0, HOSTNAME)], "left.example": [(0, HOSTNAME)],
                       "probed.example": [(10, "mx1.smallmail.example")]}
    world.refused = ["info@moved.example", "sales@moved.example", "test@probed.example"]
    world.reverse = {ADDRESS: "vps10.provider.example"}
    # Nothing that goes out arrives, so it seems; and a way out over IPv6 is missing.
    world.failures = [Failure(f"mx.far{i}.example", f"198.18.{i}.1", "Connection timed out", 5 * i)
                      for i in range(1, 7)]
    world.failures.append(Failure("mx6.far1.example", "2001:db8:ff::1",
                                  "Network is unreachable", 2))
    world.watched_ports, world.mute_ports = [26], [2526]
    _blocked(world)
    bakery = world.domain("bakery.example")
    bakery.arrivals = [Arrival("client.stranger.example", STRANGER,
                               "orders@bakery.example", days) for days in (1, 2, 3, 4, 5)]
    return world


def small():
    """One account, one reseller, one domain right and one wrong."""
    return World([Account("northweb", "northweb", RESELLER_ACLS),
                  Account("bakery", "northweb"), Account("shopco", "northweb"),
                  Account("studio")],
                 [Domain("northweb.example", "northweb"),
                  Domain("bakery.example", "bakery", mailboxes={"info": 1}),
                  Domain("studio.example", "studio", mxcheck="remote",
                         mx=[(10, "mx.zoho.eu")]),
                  Domain("shop.example", "shopco", mx=GOOGLE_MX,
                         zone_mx=[(0, "shop.example")], mailboxes={"info": 2})])


def many(n, accounts=20):
    """n domains that are this server's by their MX and remote by its lists, shared
    by so many accounts, and beside small()'s one of each that no bulk may fix."""
    world = small()
    world.accounts += [Account(f"site{i}", "northweb" if i % 2 else "root")
                       for i in range(accounts)]
    world.domains += [Domain(f"d{i:03}.example", f"site{i % accounts}",
                             "main" if i < accounts else "addon", mxcheck="remote")
                      for i in range(n)]
    world.domains += [
        Domain("empty.example", "studio", "addon", mx=GOOGLE_MX,
               zone_mx=[(0, "empty.example")], mailboxes={}),
        Domain("filtered.example", "studio", "addon", mxcheck="local",
               mx=[(10, "mx.antispamcloud.com")]),
        Domain("silent.example", "studio", "addon", mxcheck="remote", dns="servfail")]
    return world
