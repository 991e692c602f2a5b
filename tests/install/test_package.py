"""The packages: made twice, and put on a server of the lab by its own dpkg and apt."""

import os
import subprocess
import tarfile

import pytest

from lab import REPOSITORY
from server import Server, differing, packed

BUILD = os.path.abspath(os.environ.get("RD_BUILD", f"{REPOSITORY}/build"))
def read(path):
    with open(path, "rb") as f:
        return f.read()


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return packed(BUILD, "deb", tmp_path_factory.mktemp("deb"), ".deb")


@pytest.fixture(scope="module")
def server(package):
    with Server(BUILD) as box:
        box.write("/root/relaydoctor.deb", read(package))
        box.run(["rm", "-rf", "/etc/relaydoctor", "/var/lib/dpkg/statoverride"])
        box.empty = box.snapshot()
        yield box


def test_the_same_sources_make_the_same_package(package, tmp_path):
    assert read(packed(BUILD, "deb", tmp_path, ".deb")) == read(package)


def test_the_same_sources_make_the_same_archive(tmp_path):
    for name in ("a", "b"):
        os.mkdir(tmp_path / name)
    first, second = (packed(BUILD, "dist", tmp_path / name, ".tar.gz") for name in ("a", "b"))
    assert read(first) == read(second)
    with tarfile.open(first) as archive:
        names = archive.getnames()
    assert any(name.endswith("/install.sh") for name in names)
    assert not any("/build/" in name for name in names)


def test_the_package_names_what_its_programs_link_and_load(package):
    needs = subprocess.run(["dpkg-deb", "-f", package, "Depends"], check=True, text=True,
                           capture_output=True).stdout
    for library in ("libjson-c", "libfcgi", "libsqlite3", "libgmime", "libcurl4"):
        assert library in needs


def test_a_package_is_put_to_work_removed_and_purged(server):
    said = server.installer("--install", "/root/relaydoctor.deb").stderr
    assert "AppConfig: relaydoctor registered" in said
    assert server.run(["relaydoctor", "doctor"]).stdout.endswith(" 0 wrong, 0 not known\n")
    refused = server.installer("--install", check=False)
    assert refused.returncode == 1 and "the package relaydoctor is installed" in refused.stderr
    server.installer("--uninstall")
    left = differing(server.empty, server.snapshot())
    assert [p for p in left if not p.startswith(("/etc/relaydoctor", "/var/log/relaydoctor"))] == []
    server.installer("--uninstall", "--purge")
    assert differing(server.empty, server.snapshot()) == []


def test_a_package_that_cannot_be_put_to_work_leaves_nothing(server):
    with server.failing("/usr/local/cpanel/bin/manage_hooks", "add*", ":"):
        done = server.installer("--install", "/root/relaydoctor.deb", check=False)
    assert done.returncode == 1 and "everything is as it was before" in done.stderr
    server.remove(done.stderr.split("all that was said: ")[1].strip())
    assert differing(server.empty, server.snapshot()) == []


def test_on_a_machine_without_cpanel_a_package_changes_nothing_but_its_files(server):
    server.run(["mv", "/usr/local/cpanel", "/usr/local/away"])
    try:
        said = server.run(["dpkg", "-i", "/root/relaydoctor.deb"]).stderr
        assert "no cPanel & WHM server" in said
        assert not server.exists("/var/lib/relaydoctor")
        server.run(["dpkg", "--purge", "relaydoctor"])
    finally:
        server.run(["mv", "/usr/local/away", "/usr/local/cpanel"])
    assert differing(server.empty, server.snapshot()) == []
