"""Ansible's way into a box of the lab: ansible_host is the pid of its first process."""

import os
import shutil
import subprocess

from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
    name: box
    short_description: runs in the namespaces of a process
    description: [Runs in the namespaces of a process.]
    author: [Relay Doctor]
    options: {}
    extends_documentation_fragment: [connection_pipelining]
"""
PATH = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin"


class Connection(ConnectionBase):
    transport = "box"
    has_pipelining = True

    def _connect(self):
        self._connected = True
        return self

    def exec_command(self, cmd, in_data=None, sudoable=True):
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        done = subprocess.run(
            ["nsenter", "--target", self._play_context.remote_addr, "--mount", "--pid", "--uts",
             "--ipc", "--net", "--root", "/bin/sh", "-c", cmd],
            input=in_data or b"", capture_output=True, check=False,
            env={"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8"})
        return done.returncode, done.stdout, done.stderr

    def _path(self, path):
        root = f"/proc/{self._play_context.remote_addr}/root"
        return root + os.path.join("/root", path)

    def put_file(self, in_path, out_path):
        super().put_file(in_path, out_path)
        shutil.copyfile(in_path, self._path(out_path))

    def fetch_file(self, in_path, out_path):
        super().fetch_file(in_path, out_path)
        shutil.copyfile(self._path(in_path), out_path)

    def close(self):
        self._connected = False
