"""What is called was there in the oldest releases that the programs are built with: those of
Enterprise Linux 8.

Since when a function is there, Debian's and Ubuntu's own lists of symbols say; of glibc, its
versioned symbols. Where a library was renamed since, such a list begins anew: what is called of
json-c and OpenSSL stands in tables here, and whoever calls more looks it up and adds it. Of a
library that has no such list here (elsewhere than where dpkg is) the one that is installed is that
old, or the rule fails with its name. What base/compat.h does for the older releases is compiled
with headers that are made to look like theirs (floor/), by both compilers."""

import functools
import glob
import os
import re
import subprocess

from lint.tree import Tree

DPKG = "/var/lib/dpkg/info"
HEADERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "floor")
# Package (as its file's name begins): its name to pkg-config, and the release in Enterprise
# Linux 8, or in EPEL 8.
RELEASES = {"libc-ares": ("libcares", "1.13.0"), "libcurl4": ("libcurl", "7.61.1"),
            "libsqlite3-0": ("sqlite3", "3.26.0"), "libpsl5": ("libpsl", "0.20.2"),
            "libgmime-3.0-0": ("gmime-3.0", "3.2.3"), "libglib2.0-0": ("glib-2.0", "2.56.4"),
            "zlib1g": ("zlib", "1.2.11")}
GLIBC = (2, 28)

JSON_C = set("""
    json_object_array_add json_object_array_del_idx json_object_array_get_idx
    json_object_array_length json_object_array_sort json_object_get json_object_get_boolean
    json_object_get_double json_object_get_int64 json_object_get_object json_object_get_string
    json_object_get_string_len json_object_get_type json_object_get_userdata json_object_is_type
    json_object_new_array json_object_new_boolean json_object_new_int64 json_object_new_object
    json_object_new_string json_object_new_string_len json_object_object_add
    json_object_object_del json_object_object_get_ex json_object_object_length json_object_put
    json_object_set_serializer json_object_to_json_string_ext json_tokener_error_desc
    json_tokener_free json_tokener_get_error json_tokener_new_ex json_tokener_parse_ex
    printbuf_memappend
""".split())

OPENSSL = set("""
    ASN1_STRING_get0_data ASN1_STRING_length ASN1_TIME_to_tm CRYPTO_memcmp ERR_clear_error
    ERR_peek_last_error ERR_reason_error_string EVP_DecodeBlock EVP_DigestFinal_ex
    EVP_DigestInit_ex EVP_DigestUpdate EVP_EncodeBlock EVP_MD_CTX_free EVP_MD_CTX_new EVP_sha256
    GENERAL_NAMES_free HMAC OPENSSL_cleanse OPENSSL_sk_num OPENSSL_sk_value RAND_bytes
    SSL_CTX_free SSL_CTX_new SSL_connect SSL_ctrl SSL_free SSL_get_error SSL_get_version
    SSL_is_init_finished SSL_new SSL_read SSL_set_fd SSL_shutdown SSL_write TLS_client_method
    X509_NAME_get_text_by_NID X509_check_host X509_free X509_get0_notAfter X509_get_ext_d2i
    X509_get_subject_name X509_verify_cert_error_string
""".split())
# How the functions of a library are named, and which of them its oldest release has.
TABLES = {
    "json-c 0.13": (re.compile(r"(json|printbuf|lh|array_list)_\w+"), JSON_C),
    "OpenSSL 1.1.1": (re.compile(
        r"(SSL|TLS|DTLS|X509|X509V3|EVP|HMAC|BIO|ERR|OPENSSL|ASN1|RAND|CRYPTO|PEM|SHA\d*|OSSL|BN|EC|RSA|OBJ"
        r"|GENERAL_NAMES?)_\w+|HMAC|SHA\d+"), OPENSSL),
}

# Newer names of what older headers give in another form.
KNOWN = {
    "json_tokener_get_parse_end": "base/compat.h",
    "SSL_get1_peer_certificate": "what SSL_get_peer_certificate has become a macro for",
    **dict.fromkeys(("stat", "fstat", "lstat", "fstatat", "stat64", "fstat64", "lstat64",
                     "fstatat64"), "inline functions before glibc 2.33"),
    **dict.fromkeys((f"__isoc23_{name}" for name in (
        "strtol", "strtoll", "strtoul", "strtoull", "sscanf")), "a newer header's redirection"),
}

# SQL that SQLite 3.26 does not know.
NEW_SQL = re.compile(r'"[^"\n]*\b(RETURNING|MATERIALIZED|GENERATED ALWAYS|DROP COLUMN|STRICT|->>|'
                     r'NULLS (?:FIRST|LAST)|FILTER \()[^"\n]*"')


def number(version):
    """1:3.26.0+dfsg-1 as (3, 26, 0)."""
    found = re.match(r"(?:\d+:)?([\d.]+)", version)
    return tuple(int(n) for n in found[1].strip(".").split(".")) if found else ()


def lists(package, dpkg):
    return glob.glob(f"{dpkg}/{package}*.symbols")


@functools.cache
def since(dpkg):
    """{function: (package, the release that brought it)}"""
    found = {}
    for package in RELEASES:
        for path in lists(package, dpkg):
            with open(path, encoding="utf-8") as f:
                for name, version in re.findall(r"^ (\w+)@\S+ (\S+)", f.read(), re.M):
                    found[name] = package, version
    return found


def unlisted():
    for package, (module, release) in RELEASES.items():
        here = subprocess.run(["pkg-config", "--modversion", module], capture_output=True,
                              text=True, check=False).stdout.strip()
        if not lists(package, DPKG) and not () < number(here) <= number(release):
            yield (f"{package}: {module} is {here or 'not known'} here, newer than {release}, and "
                   f"no list in {DPKG} tells since when its functions are there")


@functools.cache
def glibc(cc):
    """{function: the first version node that has it}"""
    library = subprocess.run([cc, "-print-file-name=libc.so.6"], capture_output=True, text=True,
                             check=True).stdout.strip()
    listed = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True,
                            check=True).stdout
    first = {}
    for name, version in re.findall(r" (\w+)@+GLIBC_([\d.]+)$", listed, re.M):
        first[name] = min(first.get(name, (99,)), number(version))
    return first


def objects(build):
    layers = [name for name in os.listdir(build) if os.path.isdir(f"{build}/{name}")
              and name not in ("tests", "clang", "sanitized", "fuzz")]
    return sorted(path for layer in [".", *layers]
                  for path in glob.glob(f"{build}/{layer}/**/*.o", recursive=layer != "."))


def called(build):
    """{function: the first object that calls it}, of functions that are no object's own."""
    listed = subprocess.run(["nm", "-P", "-A", *objects(build)], capture_output=True, text=True,
                            check=True).stdout
    wanted, own = {}, set()
    for line in listed.splitlines():
        path, name, letter = line.split()[:3]
        if letter in "Uw":
            wanted.setdefault(name.split("@")[0], os.path.relpath(path.rstrip(":"), build))
        else:
            own.add(name)
    return {name: path for name, path in wanted.items() if name not in own}


def loaded(tree):
    """The same of those that are looked for by name once their library is needed."""
    found = {}
    for path in tree.files("cgi/", ".c"):
        prefix = re.search(r'\{ "(\w+)" #name', tree.read(path))
        if prefix:
            found.update((prefix[1] + name, path)
                         for name in re.findall(r"\bX\((\w+)\)", tree.read(path)) if name != "name")
    return found


def newer(name, cc):
    """Why a function is not in the oldest releases; None: it is, or nobody's list has it."""
    package, version = since(DPKG).get(name, (None, None))
    if name in KNOWN:
        return None
    if package:
        return f"{package} has it since {version}" if number(version) > number(
            RELEASES[package][1]) else None
    for release, (like, known) in TABLES.items():
        if like.fullmatch(name):
            return None if name in known else f"not known to be in {release}; look it up"
    first = glibc(cc).get(name, ())
    return f"glibc has it since {'.'.join(map(str, first))}" if first > GLIBC else None


def check(tree):
    yield from unlisted()
    for name, path in sorted({**called(tree.build), **loaded(tree)}.items()):
        why = newer(name, tree.cc)
        if why:
            yield f"{path}: {name}: {why}"
    yield from sql(tree)
    for cc in ("gcc", "clang"):
        yield from branches(tree, cc)


def sql(tree):
    for path in tree.files("cgi/", ".c"):
        if "sqlite3.h" in tree.read(path) or "store.h" in tree.read(path):
            for found in NEW_SQL.finditer(tree.read(path)):
                yield f"{path}: {found[1]}: SQLite 3.26 does not know it"


def branches(tree, cc):
    """What base/compat.h has for the older releases is understood by this compiler."""
    apart = Tree(tree.root, tree.build, cc)
    for path in tree.files("cgi/", ".c"):
        if any(name == "base/compat.h" for _, name, _ in tree.includes(path)):
            with apart.compile(path, f"-I{HEADERS}", "-Wall", "-Werror") as made:
                if not made.ok:
                    yield f"{path}: not with the oldest headers, by {cc}: {made.errors.strip()}"
