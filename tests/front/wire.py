"""FastCGI as bytes: what a well-behaved door sends, and ways to send less."""

import socket
import struct

BEGIN, END, PARAMS, STDIN, STDOUT, STDERR = 1, 3, 4, 5, 6, 7


def record(kind, content=b"", request=1):
    return struct.pack(">BBHHBx", 1, kind, request, len(content), 0) + content


def begin(keep=False):
    return record(BEGIN, struct.pack(">HB5x", 1, int(keep)))


def pair(name, value):
    name, value = name.encode(), value.encode()
    return struct.pack(">BL", len(name), len(value) | 1 << 31) + name + value


def params(values):
    content = b"".join(pair(k, v) for k, v in values.items())
    return record(PARAMS, content) + record(PARAMS)


def stdin(body=b""):
    parts = [body[i:i + 65535] for i in range(0, len(body), 65535)]
    return b"".join(record(STDIN, p) for p in parts) + record(STDIN)


def request(query="", body=b"", door="index.live.cgi", keep=False, **more):
    values = {"REQUEST_METHOD": "POST" if body else "GET", "QUERY_STRING": query,
              "REMOTE_USER": "root", "RD_DOOR": door, **more}
    if body:
        values.setdefault("CONTENT_LENGTH", str(len(body)))
    values.setdefault("RD_END", "1")
    return begin(keep) + params({k: v for k, v in values.items() if v}) + stdin(body)


def records(data):
    """(kind, content) of every whole record in data."""
    found = []
    while len(data) >= 8:
        _, kind, _, length, padding = struct.unpack(">BBHHBx", data[:8])
        if len(data) < 8 + length + padding:
            break
        found.append((kind, data[8:8 + length]))
        data = data[8 + length + padding:]
    return found


def output(data):
    return b"".join(c for kind, c in records(data) if kind == STDOUT)


def status(data):
    """The answer's status as a number; 0 when there is no answer."""
    head = output(data).split(b"\r\n", 1)[0]
    return int(head.split()[1]) if head.startswith(b"Status: ") else 0


def facts(answer):
    """What echo_app says, as a dictionary."""
    body = answer.split(b"\r\n\r\n", 1)[1].decode()
    return dict(line.split("=", 1) for line in body.splitlines() if "=" in line)


def connect(path, timeout=20):
    """As a door connects: where the queue is full, it waits until the front takes one."""
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", timeout, 0))
    s.connect(path)
    s.settimeout(timeout)
    return s


def read_all(s):
    data = b""
    try:
        while piece := s.recv(65536):
            data += piece
    except ConnectionResetError:
        pass  # closed without having read all of ours
    return data


def exchange(path, data, cut=False):
    """The whole answer to data; cut: nothing more will come after it."""
    with connect(path) as s:
        try:
            s.sendall(data)
            if cut:
                s.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return read_all(s)
