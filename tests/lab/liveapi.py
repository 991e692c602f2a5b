"""A stand-in for cPanel's LiveAPI: while a .live.cgi runs, a socket of its own, at which it
may ask for Jupiter's header and footer (UAPI Chrome::get_dom)."""

import json
import os
import pwd
import socket
import tempfile
import threading
from contextlib import contextmanager

ENABLE, SHUT = "<cpaneljson", "<cpanelxml"

# As Jupiter's: styles and scripts within the page, and rules that reach all elements.
HEADER = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>cPanel</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{margin:0;background:#fff;color:#2f3b4a;font:15px/1.5 sans-serif}
.jupiter-top{background:#173b5f;color:#fff;padding:.8em 1.2em}p{margin:0 0 10px}
.jupiter-top a{color:#fff}input,select{width:auto}</style>
<script>window.jupiter = "ran";</script></head><body class="yui-skin-sam">
<header class="jupiter-top"><a href="../index.html">cPanel</a></header><main id="content">"""
FOOTER = """</main><footer id="jupiter-foot">cPanel</footer></body></html>"""


def _message(stream):
    length = stream.readline()
    return stream.read(int(length)).decode() if length.strip().isdigit() else ""


def _answer(asked):
    if asked.startswith(ENABLE):
        return {"enabled": 1}
    return {"cpanelresult": {"apiversion": 3, "func": "get_dom", "module": "Chrome", "result": {
        "status": 1, "errors": None, "data": {"header": HEADER, "footer": FOOTER}}}}


def _serve(listener):
    try:
        connection, _ = listener.accept()
    except OSError:
        return                          # nobody came
    with connection, connection.makefile("rb") as stream:
        while (asked := _message(stream)) and not asked.startswith(SHUT):
            text = json.dumps(_answer(asked)).replace("/", "\\/")
            connection.sendall(f"<cpanelresult>{text}</cpanelresult>\n".encode())


@contextmanager
def serving(user):
    """The environment that names the socket, which this account alone reaches."""
    with tempfile.TemporaryDirectory(prefix="cpanel-live-") as place, \
            socket.socket(socket.AF_UNIX) as listener:
        path = place + "/sock"
        listener.bind(path)
        listener.listen(1)
        for name in (place, path):
            os.chown(name, pwd.getpwnam(user).pw_uid, -1)
        thread = threading.Thread(target=_serve, args=(listener,))
        thread.start()
        try:
            yield {"CPANEL_CONNECT_SOCKET": path}
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
