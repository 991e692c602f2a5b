#!/bin/sh
# Relay Doctor on a cPanel server, or on a fresh machine: packages, build, demo, tests.
# See usage(); what is done on a server, step by step, is whm-plugin/setup/setup.
set -eu

PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l
export PATH LC_ALL DEBIAN_FRONTEND NEEDRESTART_MODE

POLICY=/usr/sbin/policy-rc.d
PYTHON=/usr/bin/python3

usage() {
	cat <<'END'
usage: ./install.sh [--install [FILE] | --upgrade [FILE] | --uninstall [--purge]
                     | --check-only | --dry-run]
       ./install.sh --deps | --demo | --check | --help

On a cPanel & WHM server:
  --install     build, or take a package (.deb, .rpm), and put everything to work;
                without any word the same. When a step fails, all are taken back
  --upgrade     the same where Relay Doctor is already
  --uninstall   take everything away but the settings and the record of changes; with
                --purge these as well
  --check-only  say what the server is and what stands in the way; changes nothing
  --dry-run     say what would be done, step by step; changes nothing

Anywhere:
  --deps    install the packages that building and the demo need, nothing else
  --demo    the same, then build, start a box of cPanel's shape in namespaces of its
            own, scan it, print the findings, and serve its WHM page on a local port
            until Ctrl-C, which removes every process, namespace and mount
  --check   install what the tests need too, build, and run all of them; the last
            line is "N passed, N failed"

Debian 12, Ubuntu 22.04 and 24.04 (apt), Enterprise Linux 8 and 9 (dnf, with EPEL).
Run it as root. What is installed already is left alone, services that packages
bring are not started, and nothing is ever asked.
END
}

# What for, then the same things as apt and as dnf call them; "-": not packaged there.
packages() {
	cat <<'END'
build  gcc                  gcc
build  make                 make
build  pkg-config           pkgconf-pkg-config
build  libc6-dev            glibc-devel
build  -                    glibc-static
build  libfcgi-dev          fcgi-devel
build  libjson-c-dev        json-c-devel
build  libc-ares-dev        c-ares-devel
build  libpsl-dev           libpsl-devel
build  libsqlite3-dev       sqlite-devel
build  libssl-dev           openssl-devel
build  zlib1g-dev           zlib-devel
build  libcurl4-openssl-dev libcurl-devel
build  libgmime-3.0-dev     gmime30-devel
demo   python3              python3
demo   exim4-daemon-heavy   exim
demo   nsd                  nsd
demo   unbound              unbound
demo   iproute2             iproute
demo   iptables             iptables
demo   openssl              openssl
demo   util-linux           util-linux
demo   mount                util-linux
check  clang                clang
check  -                    libasan
check  -                    libubsan
check  binutils             binutils
check  shellcheck           ShellCheck
check  mandoc               mandoc
check  libcmocka-dev        libcmocka-devel
check  curl                 curl
check  nftables             nftables
check  strace               strace
check  systemd              systemd
check  swaks                swaks
check  libnet-ssleay-perl   perl-Net-SSLeay
check  libio-socket-inet6-perl -
check  firewalld            firewalld
check  python3-pytest       python3-pytest
check  python3-selenium     -
check  python3-jsonschema   python3-jsonschema
check  php-cli              php-cli
check  php-curl             -
check  python3-prometheus-client python3-prometheus_client
check  npm                  npm
check  prometheus           -
check  ansible-core         ansible-core
check  python3-yaml         python3-pyyaml
check  chromium             chromium
check  chromium-driver      chromedriver
check  rpm                  rpm-build
check  logrotate            logrotate
check  fonts-dejavu-core    dejavu-sans-fonts
END
}

say() { printf '%s\n' "install.sh: $*" >&2; }
die() { say "$*"; exit 1; }

# Sets MANAGER, to apt or dnf, from the file that names the system.
find_manager() {
	ID='' VERSION_ID='' PLATFORM_ID='' PRETTY_NAME='this system'
	# shellcheck disable=SC1091 # every system has its own
	[ ! -r /etc/os-release ] || . /etc/os-release
	case "$ID:$VERSION_ID:$PLATFORM_ID" in
	debian:12:* | ubuntu:22.04:* | ubuntu:24.04:*) MANAGER=apt ;;
	*:platform:el8 | *:platform:el9) MANAGER=dnf ;;
	*) die "$PRETTY_NAME is not supported; these are: Debian 12," \
		"Ubuntu 22.04 and 24.04, Enterprise Linux 8 and 9" ;;
	esac
}

# Snap has Ubuntu's Chromium; its apt packages are empty.
not_packaged() {
	case $ID:$1 in
	ubuntu:chromium* | *:-) return 0 ;;
	*) return 1 ;;
	esac
}

# wanted build demo: the names of those packages for MANAGER, one a line.
wanted() {
	for need in "$@"; do
		packages | while read -r for_what apt dnf; do
			[ "$for_what" = "$need" ] || continue
			[ "$MANAGER" = apt ] && name=$apt || name=$dnf
			not_packaged "$name" || echo "$name"
		done
	done
}

# Node's own packages have npm within them, and no room for the distribution's.
installed() {
	[ "$1" != npm ] || ! command -v npm >/dev/null || return 0
	case $MANAGER in
	apt) [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>&1)" = installed ] ;;
	dnf) rpm -q --quiet "$1" ;;
	esac
}

missing() {
	wanted "$@" | while read -r name; do
		installed "$name" || echo "$name"
	done
}

# apt starts the services that it installs unless this file forbids it.
hold_services() {
	HELD=$(mktemp -d)
	trap release_services EXIT
	trap 'exit 130' INT TERM HUP
	if [ -e "$POLICY" ] || [ -L "$POLICY" ]; then mv "$POLICY" "$HELD/policy"; fi
	printf '#!/bin/sh\nexit 101\n' >"$POLICY"
	chmod 755 "$POLICY"
}

release_services() {
	rm -f "$POLICY"
	if [ -e "$HELD/policy" ] || [ -L "$HELD/policy" ]; then mv "$HELD/policy" "$POLICY"; fi
	rm -rf "$HELD"
	trap - EXIT INT TERM HUP
}

# Nor at the next start of the machine: the demo starts its own.
keep_disabled() {
	[ -d /run/systemd/system ] || return 0
	for name in "$@"; do
		case $name in
		exim4-daemon-heavy) systemctl disable --quiet exim4 ;;
		nsd | unbound | firewalld | prometheus) systemctl disable --quiet "$name" ;;
		esac
	done
}

# Nothing that is installed may go: another mail server would have to.
apt_get() {
	apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
		-o Acquire::Retries=3 "$@" </dev/null >>"$LOG" 2>&1
}

install_apt() {
	hold_services
	apt_get update || :	# a foreign list that fails need not matter
	apt_get install --no-remove --no-install-recommends "$@" || return 1
	release_services
	keep_disabled "$@"
}

install_dnf() {
	dnf -q -y install epel-release dnf-plugins-core || return 1
	dnf -q config-manager --set-enabled crb || dnf -q config-manager --set-enabled powertools ||
		return 1
	dnf -q -y install "$@" && keep_disabled "$@"
} </dev/null >>"$LOG" 2>&1

install_packages() {
	find_manager
	names=$(missing "$@" | tr '\n' ' ')
	[ -n "$names" ] || return 0
	[ "$(id -u)" = 0 ] || die "not root, and these packages are missing: $names"
	LOG=$(mktemp)
	say "installing, which takes a few minutes: $names"
	# shellcheck disable=SC2086 # one word a package
	"install_$MANAGER" $names || {
		grep -E '^(E:|Err|Error|Unable|No match)' "$LOG" | head -n 12 >&2
		die "the packages could not be installed (no network?); all that was said: $LOG"
	}
	rm -f "$LOG"
}

need_root() {
	[ "$(id -u)" = 0 ] || die "$1 makes namespaces and mounts, which needs root: sudo ./install.sh $1"
}

demo() {
	need_root --demo
	install_packages build demo
	make -s -j"$(nproc)"
	PYTHONPATH=tests exec "$PYTHON" -m lab demo
}

check() {
	need_root --check
	install_packages build demo check
	exec make -s check DEVELOPER=1
}

# ---- on a server ------------------------------------------------------------

SETUP=/usr/libexec/relaydoctor/setup
OURS=whm-plugin/setup/setup
PANEL=/usr/local/cpanel

on_panel() { [ -x "$PANEL/bin/register_appconfig" ]; }

need_panel() {
	on_panel || die "this is no cPanel & WHM server; ./install.sh --demo shows Relay Doctor without one"
	[ "$(id -u)" = 0 ] || die "$1 needs root: sudo ./install.sh $1"
}

packaged() { installed relaydoctor; }
# Of apt also when it was removed and its settings were kept.
known_package() {
	case $MANAGER in
	apt) dpkg-query -W relaydoctor >/dev/null 2>&1 ;;
	dnf) packaged ;;
	esac
}

with_stage() {
	STAGE=$(mktemp -d)
	trap 'rm -rf "$STAGE"' EXIT
	trap 'exit 130' INT TERM HUP
	make -s -j"$(nproc)" || die "it could not be built"
	make -s -o all install-files DESTDIR="$STAGE" || die "it could not be built"
}

from_source() {
	! packaged || die "the package relaydoctor is installed here: name a newer one, or remove it first"
	install_packages build
	with_stage
	"$OURS" install "$STAGE"
}

put_apt() { apt_get install --no-remove --no-install-recommends "$1"; }
# To rpm a package that could not be put to work is installed all the same.
put_dnf() {
	dnf -y install "$1" </dev/null >>"$LOG" 2>&1 || return 1
	/usr/bin/relaydoctor doctor >>"$LOG" 2>&1 || [ $? = 3 ]
}
drop_apt() { dpkg --purge --force-remove-reinstreq relaydoctor; }
drop_dnf() { rpm -e relaydoctor; }

# Its own scripts do the rest. A package that could not be put to work goes again,
# unless there was one before.
from_package() {
	[ -r "$1" ] || die "$1 cannot be read"
	packaged && before=yes || before=no
	LOG=$(mktemp)
	if "put_$MANAGER" "$(realpath "$1")"; then
		grep 'relaydoctor setup:' "$LOG" >&2
		rm -f "$LOG"
		return
	fi
	grep -E '^(E:|dpkg:|Error|relaydoctor setup:)' "$LOG" | tail -n 20 >&2
	[ "$before" = yes ] || "drop_$MANAGER" >>"$LOG" 2>&1
	die "the package could not be installed; all that was said: $LOG"
}

install_here() {
	need_panel "$1"
	find_manager
	case "$MANAGER:${2-}" in
	*:) from_source ;;
	apt:*.deb | dnf:*.rpm) from_package "$2" ;;
	*) die "$2 is no package for this system" ;;
	esac
}

upgrade_here() {
	need_panel "$1"
	[ -x "$SETUP" ] || die "Relay Doctor is not installed here: ./install.sh --install"
	install_here "$@"
}

remove_apt() {
	[ "${1-}" = --purge ] && act=--purge || act=--remove
	dpkg "$act" relaydoctor
}

# rpm knows no purging.
remove_dnf() {
	rpm -e relaydoctor
	[ "${1-}" != --purge ] || rm -rf /etc/relaydoctor /var/lib/relaydoctor /var/log/relaydoctor
}

uninstall_here() {
	need_panel --uninstall
	find_manager
	if known_package; then
		"remove_$MANAGER" "$@"
	elif [ -x "$SETUP" ]; then
		"$SETUP" remove "$@"
	else
		"$OURS" remove "$@"
	fi
}

check_only() {
	find_manager
	say "$PRETTY_NAME, packages by $MANAGER"
	names=$(missing build | tr '\n' ' ')
	[ -z "$names" ] || say "would be installed first: $names"
	on_panel || die "this is no cPanel & WHM server: there is no $PANEL/bin/register_appconfig"
	"$OURS" look || die "the above stands in the way"
	say "nothing stands in the way"
}

dry_run() {
	check_only
	"$OURS" plan
}

on_panel && nothing=--install || nothing=''
cd "$(dirname "$0")"
case "$#:${1-$nothing}:${2-}" in
[012]:--install:*) install_here --install ${2+"$2"} ;;
[12]:--upgrade:*) upgrade_here "$@" ;;
1:--uninstall: | 2:--uninstall:--purge)
	shift
	uninstall_here "$@"
	;;
1:--check-only:) check_only ;;
1:--dry-run:) dry_run ;;
1:--deps:) install_packages build demo ;;
1:--demo:) demo ;;
1:--check:) check ;;
1:--help:) usage ;;
*)
	usage >&2
	exit 2
	;;
esac
