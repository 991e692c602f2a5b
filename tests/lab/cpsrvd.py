"""A stand-in for cpsrvd: what stands between a browser, or a token, and our CGI.

WHM on 2087, cPanel on 2083. Decides who is asking (form and cookie with /cpsessN,
API token, Basic), whether AppConfig lets that login or that token in, and only then
starts the program: plain CGI, one process a request, as the user= of AppConfig, or
as the account under cPanel's Jupiter theme.
"""

import base64
import hmac
import html
import json
import os
import pwd
import re
import secrets
import socket
import ssl
import subprocess
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from lab import liveapi, panel, panel_dns, panel_filter, panel_forward, under  # noqa: F401, they add to the panel's

WHM_ROOT = "/usr/local/cpanel/whostmgr/docroot"
CPANEL_ROOT = "/usr/local/cpanel/base"
JUPITER = "/frontend/jupiter/"
ERROR_LOG = "/usr/local/cpanel/logs/error_log"
BODY_MAX = 32 << 20

DENIED = json.dumps({"cpanelresult": {
    "apiversion": "2", "error": "Access denied",
    "data": {"reason": "Access denied", "result": "0"}, "type": "text"}})

LOGIN = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title} Login</title>
<meta name="viewport" content="width=device-width"><style>{style}</style></head>
<body class="login"><form method="post" action="/login" id="login_form"><h1>{title}</h1>
<label>Username <input name="user" id="user" autocomplete="username" autofocus></label>
<label>Password <input name="pass" id="pass" type="password" autocomplete="current-password">
</label><button id="login_submit">Log in</button></form></body></html>"""

MAIN = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><style>{style}</style></head><body>
<header><b>{title}</b><span>{host}</span><span>{user}</span></header>
<main><nav id="plugins"><h2>{heading}</h2><ul>{items}</ul></nav></main></body></html>"""

STYLE = """body{margin:0;font:15px/1.5 "Open Sans",sans-serif;background:#f5f6f8;color:#2f3b4a}
header{display:flex;gap:2em;background:#173b5f;color:#fff;padding:.8em 1.2em}
header span:last-child{margin-left:auto}main{padding:1.5em}h2{font-size:1.1em}
nav{background:#fff;border:1px solid #d6dbe1;border-radius:4px;padding:1em 1.5em;max-width:30em}
ul{list-style:none;padding:0}li a{display:flex;gap:.8em;align-items:center;padding:.3em 0;
color:#0b5cad}img{width:32px;height:32px}.login form{background:#fff;max-width:20em;
margin:12vh auto;padding:2em;border:1px solid #d6dbe1;border-radius:6px}
label{display:block;margin:.8em 0}input{display:block;width:100%;box-sizing:border-box;
font:inherit;padding:.4em}button{font:inherit;padding:.5em 1.5em;background:#173b5f;color:#fff;
border:0;border-radius:4px}"""


@dataclass
class Caller:
    """Who is asking, as cpsrvd settled it."""
    user: str
    acls: set = field(default_factory=set)
    token: str = ""         # /cpsessN of a session; empty for tokens and Basic
    password: str = ""


class Sessions:
    """{cookie: Caller}; lost with the process, as a restart of cpsrvd loses them."""

    def __init__(self):
        self._all, self._lock = {}, threading.Lock()

    def open(self, caller):
        cookie = secrets.token_urlsafe(24)
        caller.token = f"/cpsess{secrets.randbelow(10 ** 10):010d}"
        with self._lock:
            self._all[cookie] = caller
        return cookie

    def get(self, cookie):
        with self._lock:
            return self._all.get(cookie)


def _password_ok(user, password):
    known = panel.read_json("passwords.json", {}).get(user)
    return known is not None and hmac.compare_digest(known.encode(), password.encode())


def _cookie_value(header, name):
    found = re.search(rf"(?:^|;\s*){name}=([^;]+)", header or "")
    return found and found.group(1)


# ---- CGI ---------------------------------------------------------------

def cgi_environment(request, caller, script, name, body):
    env = {
        "GATEWAY_INTERFACE": "CGI/1.1", "SERVER_SOFTWARE": "cpsrvd/" + panel.VERSION,
        "SERVER_PROTOCOL": "HTTP/1.1", "SERVER_NAME": socket.gethostname(),
        "SERVER_PORT": str(request.server.cp_port), "HTTPS": "on",
        "REQUEST_METHOD": request.command, "REQUEST_URI": request.path,
        "QUERY_STRING": urlsplit(request.path).query, "SCRIPT_NAME": name,
        "SCRIPT_FILENAME": script, "REMOTE_ADDR": request.client_address[0],
        "REMOTE_PORT": str(request.client_address[1]), "REMOTE_USER": caller.user,
        "REMOTE_PASSWORD": caller.password or "__HIDDEN__",
        "cp_security_token": caller.token, "PATH": "/usr/local/sbin:/usr/bin:/bin",
        "DOCUMENT_ROOT": request.server.docroot, "CPANEL": "active",
    }
    if body or request.command == "POST":
        env["CONTENT_LENGTH"] = str(len(body))
        env["CONTENT_TYPE"] = request.headers.get("Content-Type", "")
    for key, value in request.headers.items():
        if key.lower() not in ("authorization", "content-type", "content-length"):
            env["HTTP_" + key.upper().replace("-", "_")] = value
    return env


def run_cgi(script, env, body, user):
    """(status, [(header, value)], body)"""
    account = pwd.getpwnam(user)
    if account.pw_uid:
        env = {**env, "HOME": account.pw_dir, "USER": user}
    os.makedirs(os.path.dirname(ERROR_LOG), exist_ok=True)
    looks_on = under.inside()
    with open(ERROR_LOG, "ab") as errors:
        done = subprocess.run(
            under.before([script], looks_on), input=body, stdout=subprocess.PIPE, stderr=errors,
            env={**looks_on["environment"], **env},
            cwd=os.path.dirname(script), timeout=120, user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=os.getgrouplist(user, account.pw_gid))
    return parse_cgi(done.stdout)


def parse_cgi(output):
    head, gap, body = output.partition(b"\n\r\n" if b"\n\r\n" in output else b"\n\n")
    if not gap:
        return 500, [("Content-Type", "text/plain")], b"Premature end of script headers.\n"
    status, headers = 200, []
    for line in head.decode("latin-1").splitlines():
        name, _, value = line.partition(":")
        if name.lower() == "status":
            status = int(value.split()[0])
        elif name.strip():
            headers.append((name.strip(), value.strip()))
    return status, headers, body


# ---- HTTP --------------------------------------------------------------

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "cpsrvd/" + panel.VERSION, ""
    timeout = 70

    def log_message(self, form, *args):
        pass

    def do_GET(self):
        self._serve(b"")

    do_HEAD = do_GET

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > BODY_MAX:
            return self.reply(411 if not length else 413, "text/plain", b"")
        return self._serve(self.rfile.read(int(length)))

    def _serve(self, body):
        self.token, path = self._split(urlsplit(self.path).path)
        caller = self._caller()
        if path == "/login":
            return self._login(body)
        if caller is None:
            return self._unknown(path)
        for prefix, handle in self.server.routes:
            if path.startswith(prefix):
                return handle(self, caller, path, body)
        return self.reply(404, "text/plain", b"Not Found\n")

    @staticmethod
    def _split(path):
        found = re.match(r"(/cpsess\d{10})(/.*)", path)
        return found.groups() if found else ("", path)

    # -- who --

    def _caller(self):
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        scheme = scheme.lower()
        if scheme == "basic":
            return self._basic(value)
        if scheme == self.server.scheme:
            return self._by_token(value)
        caller = self.server.sessions.get(
            _cookie_value(self.headers.get("Cookie"), self.server.cookie))
        # A cookie alone is no session: the address carries the other half.
        return caller if caller and self.token == caller.token else None

    def _account(self, user, password):
        acls = self.server.acls_of(user)
        return None if acls is None else Caller(user, acls, password=password)

    def _basic(self, value):
        try:
            user, _, password = base64.b64decode(value).decode().partition(":")
        except ValueError:
            return None
        return self._account(user, password) if _password_ok(user, password) else None

    def _by_token(self, value):
        user, _, token = value.partition(":")
        known = panel.read_json("tokens.json", {}).get(token)
        if not known or known["user"] != user or self.server.acls_of(user) is None:
            return None
        have = self.server.acls_of(user)
        acls = set(known["acls"])
        if "all" not in have:           # a token adds nothing to its user
            acls = have if "all" in acls else acls & have
        return Caller(user, acls)

    def _login(self, body):
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        user, password = form.get("user", ""), form.get("pass", "")
        caller = self._account(user, password) if _password_ok(user, password) else None
        if self.command != "POST" or caller is None:
            return self._login_page(200 if self.command == "GET" else 401)
        cookie = self.server.sessions.open(caller)
        headers = [("Set-Cookie", f"{self.server.cookie}={cookie}; Path=/; Secure; HttpOnly")]
        if form.get("login_only") == "1":
            text = json.dumps({"status": 1, "security_token": caller.token,
                               "redirect": caller.token + "/"})
            return self.reply(200, "application/json", text.encode(), headers)
        headers.append(("Location", caller.token + "/"))
        return self.reply(302, "text/html", b"", headers)

    def _login_page(self, status):
        page = LOGIN.format(title=self.server.title, style=STYLE)
        self.reply(status, "text/html; charset=utf-8", page.encode())

    def _unknown(self, path):
        kind = panel.quirks()["auth_failure"]
        if path == "/" or kind == "login":
            return self._login_page(200)
        if kind == "401" or not self.headers.get("Authorization"):
            return self._login_page(401)
        return self.reply(403, 'text/plain; charset="utf-8"', DENIED.encode(),
                          message="Forbidden Access denied")

    # -- answers --

    def reply(self, status, kind, body, headers=(), message=None):
        self.send_response(status, message)
        for name, value in headers:
            self.send_header(name, value)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def cgi(self, caller, script, name, body, user, more=None):
        env = {**cgi_environment(self, caller, script, name, body), **(more or {})}
        try:
            status, headers, text = run_cgi(script, env, body, user)
        except subprocess.TimeoutExpired:
            status, headers, text = 504, [], b"The program gave no answer.\n"
        self.reply(status, None, text, [h for h in headers
                                        if h[0].lower() != "content-length"])

    def api(self, value, wrote=False):
        quirk = panel.quirks()
        time.sleep(quirk["slow"])
        if wrote and quirk["die_after_write"]:
            return self.connection.shutdown(socket.SHUT_RDWR)
        value = panel.shuffled(value) if quirk["shuffle_keys"] else value
        body = (quirk["garbage"] or json.dumps(value, ensure_ascii=False)).encode()
        if quirk["http_status"]:
            return self.reply(quirk["http_status"], "text/html", b"<html>error</html>")
        if quirk["truncated"]:
            body = body[:len(body) // 2]
        if quirk["chunked"]:
            return self._chunks(quirk["content_type"], body)
        return self.reply(200, quirk["content_type"], body)

    def _chunks(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for at in range(0, len(body), 7):
            piece = body[at:at + 7]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def arguments(self, body):
        pairs = parse_qsl(urlsplit(self.path).query, keep_blank_values=True)
        if self.headers.get("Content-Type", "").startswith("application/json") and body:
            pairs += [(key, str(value)) for key, value in json.loads(body).items()]
        else:
            pairs += parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        found = {}
        for key, value in pairs:        # a repeated key is an array: key, key-1, …
            name, count = key, 0
            while name in found:
                count += 1
                name = f"{key}-{count}"
            found[name] = value
        return found


# ---- WHM ---------------------------------------------------------------

def whm_main(request, caller, path, _body):
    if path != "/":
        return request.reply(404, "text/plain", b"Not Found\n")
    items = "".join(
        f'<li><a href="{caller.token}/cgi/{html.escape(app["entryurl"])}">'
        f'<img src="{caller.token}/addon_plugins/{html.escape(app["icon"])}" alt="">'
        f'{html.escape(app["displayname"])}</a></li>'
        for app in panel.applications().values()
        if "entryurl" in app and _app_allows(app, caller))
    page = MAIN.format(title="WHM", heading="Plugins", items=items, style=STYLE,
                       user=html.escape(caller.user), host=socket.gethostname())
    return request.reply(200, "text/html; charset=utf-8", page.encode())


def _app_allows(app, caller):
    """Any one of the ACLs named suffices."""
    return any(panel.may(caller.acls, acl.strip())
               for acl in app.get("acls", "all").split(","))


def _app_of(path):
    return next((app for app in panel.applications().values()
                 if path == app.get("url") or path.startswith(app.get("url", "") + "/")),
                None)


def whm_cgi(request, caller, path, body):
    app = _app_of(path)
    if app is None:
        return request.reply(403, "text/plain", b"This application is not registered.\n")
    if not _app_allows(app, caller):
        return request.reply(403, "text/plain", b"Access denied\n")
    script = WHM_ROOT + app["url"]
    if not os.access(script, os.X_OK):
        return request.reply(404, "text/plain", b"Not Found\n")
    return request.cgi(caller, script, app["url"], body, app.get("user", "root"))


def whm_icon(request, _caller, path, _body):
    name = os.path.basename(path)
    try:
        with open(f"{WHM_ROOT}/addon_plugins/{name}", "rb") as f:
            return request.reply(200, "image/png", f.read())
    except FileNotFoundError:
        return request.reply(404, "text/plain", b"Not Found\n")


def whm_api(request, caller, path, body):
    name, args = path[len("/json-api/"):], request.arguments(body)
    if name == "cpanel":
        return _old_cpanel(request, caller, args)
    reply = panel.whm(caller.user, caller.acls, name, args, panel.quirks())
    if args.get("api.version") != "1":
        meta = reply["metadata"]
        reply = {"result": [{"status": int(meta["result"]), "statusmsg": meta["reason"]}],
                 **reply.get("data", {})}
    return request.api(reply, "set_always_accept" in args.values())


def _old_cpanel(request, caller, args):
    user, module, function = (args.pop("cpanel_jsonapi_" + key, "")
                              for key in ("user", "module", "func"))
    version = args.pop("cpanel_jsonapi_apiversion", "2")
    if user not in panel.accounts() or not panel.owns(caller.user, user):
        text = "User parameter is invalid or was not supplied"
        return request.api({"data": {"reason": text, "result": "0"}, "type": "text",
                            "error": text})
    if version == "3":
        result = panel.uapi(user, module, function, args, panel.quirks())
        return request.api({"apiversion": 3, "module": module, "func": function,
                            "result": result}, function == "set_always_accept")
    return request.api(panel.api2(user, module, function, args, panel.quirks()))


# ---- cPanel ------------------------------------------------------------

def cpanel_main(request, caller, path, _body):
    if path != "/":
        return request.reply(404, "text/plain", b"Not Found\n")
    items = "".join(
        f'<li><a href="{caller.token}{JUPITER}{html.escape(item["uri"])}">'
        f'{html.escape(item["name"])}</a></li>'
        for item in panel.read_json("plugins.json", {}).values()
        if panel.has_feature(caller.user, {"name": item["feature"]}, panel.quirks()))
    page = MAIN.format(title="cPanel", heading="Email", items=items, style=STYLE,
                       user=html.escape(caller.user), host=socket.gethostname())
    return request.reply(200, "text/html; charset=utf-8", page.encode())


def cpanel_cgi(request, caller, path, body):
    script = os.path.normpath(CPANEL_ROOT + path)
    if not script.startswith(CPANEL_ROOT + JUPITER) or not script.endswith(".live.cgi") \
            or not os.access(script, os.X_OK):
        return request.reply(404, "text/plain", b"Not Found\n")
    if not panel.quirks()["live_api"]:
        return request.cgi(caller, script, path, body, caller.user)
    with liveapi.serving(caller.user) as env:
        return request.cgi(caller, script, path, body, caller.user, env)


def cpanel_api(request, caller, path, body):
    words = path[len("/execute/"):].split("/")
    if len(words) != 2:
        return request.reply(404, "text/plain", b"Not Found\n")
    reply = panel.uapi(caller.user, *words, request.arguments(body), panel.quirks())
    return request.api(reply, words[1] == "set_always_accept")


# ---- servers -----------------------------------------------------------

def cpanel_acls(user):
    return set() if user in panel.accounts() and not panel.suspended(user) else None


KINDS = {
    "whm": {"cp_port": 2087, "title": "WHM", "scheme": "whm", "docroot": WHM_ROOT,
            "cookie": "whostmgrsession", "acls_of": staticmethod(panel.reseller_acls),
            "routes": [("/json-api/", whm_api), ("/cgi/", whm_cgi),
                       ("/addon_plugins/", whm_icon), ("/", whm_main)]},
    "cpanel": {"cp_port": 2083, "title": "cPanel", "scheme": "cpanel",
               "docroot": CPANEL_ROOT, "cookie": "cpsession",
               "acls_of": staticmethod(cpanel_acls),
               "routes": [("/execute/", cpanel_api), (JUPITER, cpanel_cgi),
                          ("/", cpanel_main)]},
}


class Server(ThreadingHTTPServer):
    """TLS is spoken in the connection's own thread: a client that stalls its
    handshake stalls itself."""
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, listener, context):
        super().__init__(None, Handler, bind_and_activate=False)
        self.socket.close()
        self.socket, self.context = listener, context

    def process_request_thread(self, request, client_address):
        try:
            request.settimeout(70)
            request = self.context.wrap_socket(request, server_side=True)
            self.finish_request(request, client_address)
        except OSError:
            pass
        finally:
            self.shutdown_request(request)


def _listeners():
    """(kind, socket): those handed over, and the ports that cpsrvd has."""
    names = os.environ.get("LISTEN_FDNAMES", "").split(":")
    for number, name in enumerate(names if names != [""] else []):
        yield name, socket.socket(fileno=3 + number)
    for name, kind in KINDS.items():
        yield name, socket.create_server(("", kind["cp_port"]), backlog=128)


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("/var/cpanel/ssl/cert.pem", "/var/cpanel/ssl/key.pem")
    sessions = {name: Sessions() for name in KINDS}
    threads = []
    for name, listener in _listeners():
        os.set_inheritable(listener.fileno(), False)
        kind = type(name, (Server,), {**KINDS[name], "sessions": sessions[name]})
        server = kind(listener, context)
        threads.append(threading.Thread(target=server.serve_forever))
        threads[-1].start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
