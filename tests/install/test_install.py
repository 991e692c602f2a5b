"""install.sh on machines that are not this one: package tools that only write down what
they are asked, in a mount namespace of their own."""

import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
POLICY = "/usr/sbin/policy-rc.d"

DEBIAN = 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'
UBUNTU = 'ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04 LTS"\n'
ALMA = ('ID="almalinux"\nVERSION_ID="9.4"\nPLATFORM_ID="platform:el9"\n'
        'PRETTY_NAME="AlmaLinux 9.4"\n')
ARCH = 'ID=arch\nPRETTY_NAME="Arch Linux"\n'

# What each tool is asked for goes to calls; what is installed stands in present.
QUERY = """#!/bin/sh
for name; do :; done
grep -qx "$name" @/present || { echo "no packages found matching $name" >&2; exit 1; }
[ "$0" = /usr/bin/rpm ] || printf installed
"""
MANAGER = f"""#!/bin/sh
echo "$*" >>@/calls
{{ cat {POLICY} || echo none; }} >>@/policies 2>/dev/null
[ -t 0 ] && echo "a terminal" >>@/calls
case "$*" in *update*) exit 0 ;; esac
[ ! -e @/broken ] || {{ echo "E: Unable to fetch some archives"; exit 100; }}
for name; do echo "$name" >>@/present; done
"""
MAKE = '#!/bin/sh\necho "make $*" >>@/calls\n'
FAKES = {"bin": {"dpkg-query": QUERY, "rpm": QUERY, "apt-get": MANAGER, "dnf": MANAGER,
                 "make": MAKE}, "sbin": {}}

ENTER = """
for top in bin sbin; do
	mount -t overlay -o "lowerdir=/usr/$top,upperdir=@/$top,workdir=@/work-$top" fake "/usr/$top"
done
mount --bind @/os-release /etc/os-release
"""


class Machine:
    def __init__(self, system):
        self.directory = tempfile.mkdtemp(prefix="rd-install-")
        os.chmod(self.directory, 0o755)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "fake", self.directory],
                       check=True)
        self.write("os-release", system)
        for top, fakes in FAKES.items():
            for name, text in fakes.items():
                self.write(f"{top}/{name}", text)
            os.makedirs(f"{self.directory}/{top}", exist_ok=True)
            os.mkdir(f"{self.directory}/work-{top}")
        for name in ("present", "calls", "policies"):
            self.write(name, "")
        shutil.copy(REPOSITORY / "install.sh", self.directory)

    def write(self, name, text):
        path = pathlib.Path(self.directory, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("@/", f"{self.directory}/"))
        path.chmod(0o755)

    def read(self, name):
        return pathlib.Path(self.directory, name).read_text()

    def run(self, *options, user="root"):
        who = [] if user == "root" else ["setpriv", "--reuid=65534", "--regid=65534",
                                         "--clear-groups"]
        return subprocess.run(
            ["unshare", "--mount", "sh", "-ec", ENTER.replace("@/", f"{self.directory}/") + 'exec "$@"',
             "sh", *who, f"{self.directory}/install.sh", *options],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)

    def policy(self, text=None):
        """What forbids services, as it stands on this machine."""
        if text is not None:
            self.write(f"sbin/{os.path.basename(POLICY)}", text)
        path = pathlib.Path(self.directory, f"sbin/{os.path.basename(POLICY)}")
        return path.read_text() if path.is_file() else None

    def asked(self):
        return [line.split() for line in self.read("calls").splitlines()]

    def close(self):
        subprocess.run(["umount", self.directory], check=True)
        os.rmdir(self.directory)


@pytest.fixture
def machine():
    made = []

    def make(system=DEBIAN):
        made.append(Machine(system))
        return made[-1]
    yield make
    for m in made:
        m.close()


def test_missing_packages_are_installed_once(machine):
    m = machine()
    assert m.run("--deps").returncode == 0
    update, install = m.asked()
    assert "update" in update and "--no-remove" in install
    assert {"gcc", "libjson-c-dev", "nsd"} <= set(install)
    assert not {"chromium", "-"} & set(install)
    assert m.run("--deps").returncode == 0
    assert len(m.asked()) == 2


def test_only_what_is_missing_is_asked_for(machine):
    m = machine()
    m.run("--deps")
    m.write("calls", "")
    m.write("present", m.read("present").replace("unbound\n", ""))
    assert m.run("--deps").returncode == 0
    assert m.asked()[1][-1] == "unbound" and "nsd" not in m.asked()[1]


def test_no_service_starts_meanwhile_and_what_forbade_it_before_is_put_back(machine):
    m = machine()
    m.policy("#!/bin/sh\nexit 7\n")
    assert m.run("--deps").returncode == 0
    assert m.read("policies").count("exit 101") == 2
    assert m.policy() == "#!/bin/sh\nexit 7\n"


def test_where_nothing_forbade_services_nothing_does_afterwards(machine):
    m = machine()
    m.run("--deps")
    before = os.path.exists(POLICY)
    assert "exit 101" in m.read("policies")
    assert before or m.policy() is None


def test_a_failed_install_says_so_and_puts_back_what_was_there(machine):
    m = machine()
    m.policy("#!/bin/sh\nexit 7\n")
    m.write("broken", "")
    done = m.run("--deps")
    assert done.returncode == 1
    assert "E: Unable to fetch" in done.stderr and "no network?" in done.stderr
    assert m.policy() == "#!/bin/sh\nexit 7\n"


def test_without_root_a_clear_line_names_what_is_missing(machine):
    m = machine()
    done = m.run("--deps", user="nobody")
    assert done.returncode == 1 and "not root" in done.stderr and "libfcgi-dev" in done.stderr
    assert m.asked() == []


def test_without_root_nothing_is_needed_where_nothing_is_missing(machine):
    m = machine()
    m.run("--deps")
    assert m.run("--deps", user="nobody").returncode == 0


@pytest.mark.parametrize("option", ["--demo", "--check"])
def test_what_makes_namespaces_says_that_it_needs_root(machine, option):
    done = machine().run(option, user="nobody")
    assert done.returncode == 1 and f"sudo ./install.sh {option}" in done.stderr


def test_a_foreign_system_is_told_which_ones_are_known(machine):
    done = machine(ARCH).run("--deps")
    assert done.returncode == 1
    assert "Arch Linux is not supported" in done.stderr and "Debian 12" in done.stderr


def test_enterprise_linux_gets_its_own_names(machine):
    m = machine(ALMA)
    assert m.run("--deps").returncode == 0
    install = m.asked()[-1]
    assert {"json-c-devel", "glibc-static", "exim"} <= set(install)
    assert not {"-", "libjson-c-dev"} & set(install)
    assert m.run("--deps").returncode == 0 and m.asked()[-1] == install


def test_the_check_installs_more_and_then_runs_make(machine):
    m = machine()
    assert m.run("--check").returncode == 0
    assert {"chromium", "python3-pytest", "libcmocka-dev"} <= set(m.asked()[1])
    assert m.asked()[-1][0] == "make" and "check" in m.asked()[-1]


def test_ubuntu_is_not_asked_for_the_browser_that_it_has_as_a_snap_only(machine):
    m = machine(UBUNTU)
    assert m.run("--check").returncode == 0
    assert not any(name.startswith("chromium") for name in m.asked()[1])


@pytest.mark.parametrize("options", [[], ["--all"], ["--deps", "--demo"]])
def test_a_call_that_is_not_understood_shows_the_usage(machine, options):
    done = machine().run(*options)
    assert done.returncode == 2 and done.stderr.startswith("usage:")
