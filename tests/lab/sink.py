"""The lab's internet, seen from the box: every other host's port 25.

One real SMTP server takes mail for anybody at any address of this namespace and
stores it by the address that was called: /run/lab/sink/ADDRESS/NUMBER.json.
"""

import asyncio
import itertools
import json
import os

SINK = "/run/lab/sink"
_numbers = itertools.count(1)


def _keep(local, peer, helo, sender, recipients, data):
    directory = f"{SINK}/{local}"
    os.makedirs(directory, exist_ok=True)
    name = f"{directory}/{next(_numbers):06}.json"
    with open(name + ".new", "w", encoding="utf-8") as f:
        json.dump({"to_host": local, "from_host": peer, "helo": helo, "sender": sender,
                   "recipients": recipients,
                   "data": data.decode("utf-8", "surrogateescape")}, f)
    os.rename(name + ".new", name)


def _path(line):
    return line.partition(b"<")[2].partition(b">")[0].decode("utf-8", "replace")


async def _data(reader):
    lines = []
    while True:
        line = await reader.readline()
        if line in (b".\r\n", b""):
            return b"".join(lines)
        lines.append(line[1:] if line.startswith(b".") else line)


async def _session(reader, writer):
    local, peer = (writer.get_extra_info(k)[0].replace("::ffff:", "")
                   for k in ("sockname", "peername"))
    helo, sender, recipients = "", "", []

    def say(text):
        writer.write(text.encode() + b"\r\n")

    say(f"220 {local} ESMTP sink")
    while True:
        await writer.drain()
        line = await reader.readline()
        verb = line[:4].upper().strip()
        if not line or verb == b"QUIT":
            break
        if verb in (b"EHLO", b"HELO"):
            helo = line[5:].strip().decode("utf-8", "replace")
            say("250 hello")
        elif verb == b"MAIL":
            sender, recipients = _path(line), []
            say("250 ok")
        elif verb == b"RCPT":
            recipients.append(_path(line))
            say("250 ok")
        elif verb == b"DATA":
            say("354 go on")
            _keep(local, peer, helo, sender, recipients, await _data(reader))
            say("250 kept")
        elif verb in (b"RSET", b"NOOP"):
            say("250 ok")
        else:
            say("500 what?")
    say("221 bye")
    writer.close()


async def main():
    servers = [await asyncio.start_server(_session, host, 25) for host in ("0.0.0.0", "::")]
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main())
