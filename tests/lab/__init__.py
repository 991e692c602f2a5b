"""A cPanel-shaped mail server in namespaces of its own, for tests and for the demo.

Real: Exim, nsd, unbound, the clients, the packet path, the product's own programs
started from the unit files that ship. Stand-ins: cpsrvd, whmapi1, uapi and their
kin, which change the same files that cPanel would.

    from lab.box import Box

    with Box(build="build") as box:
        box.run(["relaydoctor", "scan"])
        box.read("/etc/localdomains")

`python3 -m lab demo` is the same box with the WHM page open on a local port.
Everything in a box dies with the process that started it.
"""

import os

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Missing(Exception):
    """Something that a box needs is not on this machine."""
