"""The packages: made twice, and put on a server of the lab by its own apt, dpkg and rpm."""

import os
import re
import shutil
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
    kept = ("/etc/relaydoctor", "/etc/logrotate.d/relaydoctor", "/var/log/relaydoctor")
    assert [p for p in left if not p.startswith(kept)] == []
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


# ---- the .rpm ---------------------------------------------------------------

PACKAGING = f"{REPOSITORY}/whm-plugin/package"
SCRIPTS = {"postinstall": "after-install", "preuninstall": "before-remove",
           "postuninstall": "after-remove"}


def rpm(*words):
    return subprocess.run(["rpm", *words], check=True, text=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def packed_rpm(tmp_path_factory):
    return packed(BUILD, "rpm", tmp_path_factory.mktemp("rpm"), ".rpm")


@pytest.fixture(scope="module")
def newer(packed_rpm, tmp_path_factory):
    """The same files as a later version."""
    there = tmp_path_factory.mktemp("newer")
    shutil.copytree(PACKAGING, there / "package")
    description = there / "package/description"
    description.write_text(re.sub(r"(?m)^version = .*", "version = 99", description.read_text()))
    tree = os.path.dirname(packed_rpm) + "/rpm"
    subprocess.run([there / "package/rpm", tree, there], check=True, capture_output=True,
                   env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"})
    return there / f"relaydoctor-99-1.{os.uname().machine}.rpm"


def held(lines):
    """{path: mode}, of files."""
    rows = [line.split() for line in lines.splitlines() if line.startswith("-")]
    return {row[-1].lstrip("./"): row[0] for row in rows}


def test_both_packages_hold_the_same_files(package, packed_rpm):
    deb = subprocess.run(["dpkg-deb", "-c", package], check=True, text=True, capture_output=True).stdout
    assert held(rpm("-qplv", packed_rpm)) == held(deb)
    assert {path.lstrip("/") for path in rpm("-qpc", packed_rpm).split()} == {
        path for path in held(deb) if path.startswith("etc/")}


def test_both_packages_have_the_same_scripts_and_needs_of_their_own_names(packed_rpm):
    parts = re.split(r"(?m)^(\w+) scriptlet \(using /bin/sh\):\n", rpm("-qp", "--scripts", packed_rpm))[1:]
    for name, text in zip(parts[::2], parts[1::2]):
        assert text.strip() == read(f"{PACKAGING}/{SCRIPTS[name]}").decode().strip()
    assert set(parts[::2]) == set(SCRIPTS)
    needs = rpm("-qpR", packed_rpm)
    for library in ("libjson-c.so", "libfcgi.so", "libsqlite3.so"):
        assert library in needs
    assert {"libcurl", "gmime30", "shadow-utils", "systemd", "logrotate"} <= set(needs.split())
    assert "PayloadIsXz" in needs       # Enterprise Linux 8 reads no newer one


def test_the_same_files_make_the_same_rpm(packed_rpm, tmp_path):
    subprocess.run([f"{PACKAGING}/rpm", os.path.dirname(packed_rpm) + "/rpm", tmp_path], check=True,
                   cwd=REPOSITORY, capture_output=True)
    assert read(tmp_path / os.path.basename(packed_rpm)) == read(packed_rpm)


# Of the names that it asks for, this system's own packages know nothing.
IN = ["rpm", "--nodeps", "--force-debian"]


def test_an_rpm_is_put_to_work_upgraded_and_removed(server, packed_rpm, newer):
    server.write("/root/first.rpm", read(packed_rpm))
    server.write("/root/newer.rpm", read(newer))
    said = server.run([*IN, "-i", "/root/first.rpm"]).stderr
    assert "AppConfig: relaydoctor registered" in said
    assert server.run(["relaydoctor", "doctor"]).stdout.endswith(" 0 wrong, 0 not known\n")
    server.write("/etc/relaydoctor/relaydoctor.conf", "scan_every = never\n")
    server.run([*IN, "-U", "/root/newer.rpm"])
    assert server.run(["rpm", "-q", "relaydoctor"]).stdout.startswith("relaydoctor-99-1")
    assert server.run(["relaydoctor", "doctor"]).stdout.endswith(" 0 wrong, 0 not known\n")
    assert server.read("/etc/relaydoctor/relaydoctor.conf") == "scan_every = never\n"
    server.run(["rpm", "--force-debian", "-e", "relaydoctor"])
    left = differing(server.empty, server.snapshot())
    assert [p for p in left if not p.startswith("/var/log/relaydoctor")] == [
        "/etc/relaydoctor", "/etc/relaydoctor/relaydoctor.conf"]
    assert server.read("/etc/relaydoctor/relaydoctor.conf") == "scan_every = never\n"
    server.installer("--uninstall", "--purge")
    assert differing(server.empty, server.snapshot()) == []
