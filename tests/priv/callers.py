"""Who speaks to the helper in these tests, each proved as it is on a server."""
import os
import socket
from urllib.parse import unquote

from helper_box import AUDIT, RUN, UIDS, Helper, as_uid

D = "alice.example"


def ticket(door="admin.cgi", login="root", client="192.0.2.7"):
    with Helper() as h:
        r = h.ask("ticket", login, client, door)
    assert r.code == "done" and len(r.change) == 32
    return r.change


def front(door="admin.cgi", login="root"):
    h = Helper("relaydoctor-admin")
    assert h.ask("as_ticket", value=ticket(door, login)).code == "done"
    return h


def user_sock():
    path = RUN + "/user.sock"
    s = socket.socket(socket.AF_UNIX)
    s.bind(path)
    os.chmod(path, 0o666)
    s.listen(4)
    return s


def connected(listener, uid):
    """The client's end and the accepted one."""
    client = socket.socket(socket.AF_UNIX)
    as_uid(UIDS[uid], lambda: client.connect(listener.getsockname()))
    return client, listener.accept()[0]


def user(account, value=""):
    """A users' front that has proved for whom it speaks, and its reply."""
    h = Helper("relaydoctor-user")
    with user_sock() as listener:
        client, accepted = connected(listener, account)
        r = h.ask("as_user", value=value, fd=accepted.fileno())
        client.close()
        accepted.close()
    os.unlink(RUN + "/user.sock")
    return h, r


def routed(h, value="remote", expect="local", domain=D):
    return h.ask("set_routing", domain, expect, value)


def audit():
    with open(AUDIT) as f:
        return [dict((k, unquote(v)) for k, v in (p.split("=", 1) for p in l.split()))
                for l in f]
