"""A rule that never fails proves nothing: each one sees a seeded violation here, and is
silent about the same tree without it."""

import pathlib
import re
import subprocess
import textwrap

import pytest

from lint import (calls, catalogue, floor, headers, helper, layering, pages, purity, registry,
                  scripts, size, words)
from lint.tree import Tree

CHECK = """\
#include "core/check.h"

static int run(int n)
{
	return n;
}

const struct check check_sound = {
	.id = "sound",
	.run = run,
};
"""

SOUND = {
    "cgi/base/err.h": "#ifndef BASE_ERR_H\n#define BASE_ERR_H\nint err_set(int code);\n#endif\n",
    "cgi/base/err.c": '#include "base/err.h"\n\nint err_set(int code)\n{\n\treturn -code;\n}\n',
    "cgi/core/check.h": """\
        #ifndef CORE_CHECK_H
        #define CORE_CHECK_H
        struct check {
        	const char *id;
        	int (*run)(int n);
        };
        #endif
        """,
    "cgi/checks/sound.c": CHECK,
    "cgi/http/pages_my.c": 'say("title_", "foo");\njson_put_text(o, "act", NULL);\n',
    "templates/my_page.html": '<p title="{{t.hint}}">{{t.lead}} – Relay Doctor</p>\n',
    "templates/words/en.json": '{"language": "en", "hint": "A", "lead": "B", "title_foo": "C",'
                               ' "check_sound": "D"}\n',
    "tests/cases/sound/root/etc/localdomains": "shop.example\n",
    "tests/cases/sound_silent/root/etc/localdomains": "bakery.example\n",
    "templates/page.html": '<p>{{name}}</p><script src="assets/app.js"></script>\n',
    "tests/fuzz/fuzz_name.c": '#include "mail/name.h"\nint LLVMFuzzerTestOneInput(void);\n',
    "tests/fuzz/corpus/name/one": "one\n",
    "cgi/mail/name.h": """\
        #ifndef MAIL_NAME_H
        #define MAIL_NAME_H
        struct slice;
        int name_parse(struct slice *text);
        #endif
        """,
    "install.sh": '#!/bin/sh\necho "$1"\n',
}


@pytest.fixture
def plant(tmp_path):
    """plant({path: text}) → the sound tree with those files instead."""
    def make(seeds):
        for path, text in {**SOUND, **seeds}.items():
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text))
        return Tree(str(tmp_path), str(tmp_path / "build"))
    return make


def body(line, more=""):
    """The sound check with one line more in its function, and text above it."""
    return CHECK.replace("\treturn n;", f"\t{line}\n\treturn n;").replace(
        '#include "core/check.h"\n', f'#include "core/check.h"\n{more}')


SEEDS = {
    "a check includes a source": (
        layering.check, {"cgi/checks/sound.c": CHECK.replace("core/check.h", "sources/dns.h")},
        'checks may not include "sources/dns.h"'),
    "core includes mail": (
        layering.check, {"cgi/core/a.c": '#include "mail/name.h"\n'}, "core may not"),
    "http includes a source": (
        layering.check, {"cgi/http/a.c": '#include "sources/world.h"\n'}, "http may not"),
    "the engine includes the helper's side": (
        layering.check, {"cgi/engine/a.c": '#include "priv/journal.h"\n'}, "engine may not"),
    "a folder that is no layer": (
        layering.check, {"cgi/extra/a.c": '#include "base/err.h"\n'}, "extra is no layer"),
    "the helper's journal reads JSON": (
        layering.check, {"cgi/priv/journal.c": "#include <json-c/json.h>\n"}, "belongs to"),
    "the same by base's header": (
        layering.check, {"cgi/priv/journal.c": '#include "base/json.h"\n'}, "belongs to"),
    "the door includes more than paths": (
        layering.check, {"cgi/main_door.c": '#include "base/io.h"\n'}, "main_door.c may not"),

    "a check opens a file": (
        purity.check, {"cgi/checks/sound.c": body(
            'n += open("/etc/passwd", 0);', "int open(const char *, int, ...);\n")},
        "calls open()"),
    "a check allocates": (
        purity.check, {"cgi/checks/sound.c": body(
            "n += malloc(8) != 0;", "#include <stdlib.h>\n")}, "calls malloc()"),
    "a check prints": (
        purity.check, {"cgi/checks/sound.c": body(
            'puts("x");', "#include <stdio.h>\n")}, "calls puts()"),
    "a check copies through a macro": (
        purity.check, {"cgi/checks/sound.c": body(
            "READ(n);", "#include <unistd.h>\n#define READ(x) x += (int)read(0, &x, 1)\n")},
        "calls read()"),
    "a check asks the time": (
        purity.check, {"cgi/checks/sound.c": body(
            "n += (int)time(0);", "#include <time.h>\n")}, "time"),
    "a check asks the environment": (
        purity.check, {"cgi/checks/sound.c": body(
            'n += getenv("HOME") != 0;', "#include <stdlib.h>\n")}, "getenv"),
    "a check follows the locale": (
        purity.check, {"cgi/checks/sound.c": body(
            "n += isalpha(n);", "#include <ctype.h>\n")}, "isalpha"),
    "a check speaks assembler": (
        purity.check, {"cgi/checks/sound.c": body('__asm__("nop");')}, "__asm__"),
    "a check remembers": (
        purity.check, {"cgi/checks/sound.c": body("static int seen; n += seen++;")},
        "can be written"),
    "a check does not compile": (
        purity.check, {"cgi/checks/sound.c": body("oops")}, "does not compile"),

    "a template without escape": (
        pages.check, {"templates/page.html": "{{{name}}}\n"}, "unescaped"),
    "the other form of it": (
        pages.check, {"templates/partials/a.html": "{{ &name }}\n"}, "unescaped"),
    "a script in the page": (
        pages.check, {"templates/page.html": "<script>alert(1)</script>\n"}, "inline script"),
    "a handler in the page": (
        pages.check, {"templates/page.html": '<a onclick="x()">\n'}, "inline style or handler"),
    "a script from elsewhere": (
        pages.check, {"templates/page.html": '<script src="https://cdn.example/x.js">\n'},
        "elsewhere"),

    "an account's page that says words of its own": (
        catalogue.written_elsewhere, {"templates/my_page.html": "<p>Your {{t.lead}}</p>\n"},
        "says 'Your'"),
    "the same where it is read aloud": (
        catalogue.written_elsewhere, {"templates/partials/my_a.html": '<a aria-label="Go">\n'},
        "says 'Go'"),
    "the same in C": (
        catalogue.written_elsewhere, {"cgi/http/pages_my.c": 'put(o, "It is wrong");\n'},
        "says 'It is wrong'"),
    "a text that the catalogue lacks": (
        catalogue.complete, {"templates/my_page.html": "<p>{{t.leed}}</p>\n"}, "has no leed"),
    "a check of domains that has no words for accounts": (
        catalogue.complete, {"cgi/checks/bare.c": "add(r, SUBJECT_DOMAIN);\n"},
        "has no check_bare"),
    "a cause that has none": (
        catalogue.complete, {"cgi/mail/cause.h": "enum { CAUSE_TLS, CAUSE_CLASSES };\n"},
        "has no cause_tls"),
    "a text that nothing shows": (
        catalogue.complete, {"cgi/http/pages_my.c": 'say("title_", "bar");\n'},
        "nothing shows title_foo"),

    "an id unlike the file": (
        registry.names, {"cgi/checks/other.c": CHECK}, "check_other"),
    "a check without its cases": (
        registry.cases, {"cgi/checks/bare.c": CHECK}, "there is no tests/cases/bare/"),
    "a check without its silent twin": (
        registry.cases, {"cgi/checks/bare.c": CHECK, "tests/cases/bare/case.json": "{}"},
        "there is no tests/cases/bare_silent/"),
    "a parser that is not fuzzed": (
        registry.fuzzed, {"cgi/mail/line.h": "int line_parse(struct slice text);\n"},
        "no tests/fuzz"),
    "a fuzz target without a corpus": (
        registry.fuzzed, {"tests/fuzz/fuzz_bare.c": "int LLVMFuzzerTestOneInput(void);\n"},
        "is empty"),

    "SQL that the oldest SQLite does not know": (
        floor.sql, {"cgi/engine/store.c": '#include "sources/store.h"\nint n = run("DELETE FROM a RETURNING b");\n'},
        "RETURNING: SQLite 3.26"),

    "a file that grew": (
        size.check, {"cgi/base/long.c": "int x;\n" * 601}, "601 lines"),
    "a function that grew": (
        size.check, {"cgi/base/long.c": "int f(void)\n{\n" + "\tx();\n" * 60 + "}\n"},
        "a function of 62 lines"),
    "a Python function that grew": (
        size.check, {"tests/long.py": "def f():\n" + "    x()\n" * 60}, "a function of 61"),

    "a path of one machine": (
        words.check, {"README.md": "see /" + "work/main/README\n"}, "one machine"),
    "a note to self": (
        words.check, {"cgi/base/err.c": "/* TO" + "DO later */\n"}, "note to self"),
    "a conflict mark": (
        words.check, {"README.md": "<" * 7 + " HEAD\n"}, "conflict"),

    "a script with a trap in it": (
        scripts.check, {"install.sh": "#!/bin/sh\nrm -rf $1/*\n"}, "SC2086"),

    "a header that leans on another": (
        headers.check, {"cgi/core/check.h": SOUND["cgi/core/check.h"].replace(
            "const char *id;", "size_t id;")}, "does not compile alone"),
    "a header without its guard": (
        headers.check, {"cgi/base/err.h": "int err_set(int code);\n"}, "#ifndef BASE_ERR_H"),
}
SEEDS.update({
    f"{call}()": (calls.banned, {"cgi/base/err.c": f"void f(void)\n{{\n\t{call}(x);\n}}\n"}, call)
    for call in calls.BANNED})


@pytest.mark.parametrize("rule, seeds, said", SEEDS.values(), ids=SEEDS.keys())
def test_a_seeded_violation_is_seen(plant, rule, seeds, said):
    faults = list(rule(plant(seeds)))
    assert any(said in fault for fault in faults), faults


@pytest.mark.parametrize("rule", sorted({row[0] for row in SEEDS.values()},
                                        key=lambda rule: rule.__module__ + rule.__name__),
                         ids=lambda rule: f"{rule.__module__}.{rule.__name__}")
def test_a_sound_tree_is_left_in_peace(plant, rule):
    assert not list(rule(plant({})))


def test_words_in_comments_and_strings_are_no_calls(plant):
    tree = plant({"cgi/base/err.c": '/* system(x) */\nconst char *s = "popen(";\n// gets(\n'})
    assert not list(calls.banned(tree))


def built(tree, sources):
    """Compiles {object: C text} into the tree's build directory."""
    for name, text in sources.items():
        path = f"{tree.build}/{name}"
        subprocess.run(["mkdir", "-p", path.rpartition("/")[0]], check=True)
        subprocess.run(["cc", "-fPIE", "-c", "-x", "c", "-o", path, "-"], input=text, text=True,
                       check=True)


def test_state_outside_the_mains_is_seen(plant):
    tree = plant({"cgi/mail/name.c": "", "cgi/main_cli.c": ""})
    built(tree, {"mail/name.o": "static int calls; int f(void) { return calls++; }",
                 "main_cli.o": "int verbose;"})
    assert list(calls.state(tree)) == ["cgi/mail/name.c: calls is global state"]


def test_constant_tables_are_no_state(plant):
    tree = plant({"cgi/mail/name.c": ""})
    built(tree, {"mail/name.o": 'static const char *const t[] = {"a"};'
                                "const char *f(int i) { return t[i]; }"})
    assert not list(calls.state(tree))


@pytest.mark.parametrize("layer, seen", [("base", False), ("priv", False), ("mail", True)])
def test_the_helper_links_base_and_priv_alone(plant, layer, seen):
    tree = plant({f"cgi/{layer}/a.c": ""})
    built(tree, {f"{layer}/a.o": "int a_value(void) { return 0; }",
                 "main_helper.o": "int a_value(void); int main(void) { return a_value(); }"})
    subprocess.run(["cc", "-pie", "-o", "relaydoctor-helper", "main_helper.o", f"{layer}/a.o"],
                   cwd=tree.build, check=True)
    faults = list(helper.check(tree))
    assert faults == (["the helper links mail/a.o: a_value"] if seen else [])


def test_the_helper_needs_no_further_library(plant):
    tree = plant({})
    built(tree, {"main_helper.o": "int main(void) { return 0; }"})
    subprocess.run(["cc", "-pie", "-Wl,--no-as-needed", "-o", "relaydoctor-helper",
                    "main_helper.o", "-lz"], cwd=tree.build, check=True)
    assert list(helper.check(tree)) == ["the helper needs libz.so.1"]


LISTS = {"libsqlite3-0:amd64": ("sqlite3_changes64@Base 3.37.0", "sqlite3_step@Base 3.5.9"),
         "libc-ares2:amd64": ("ares_getaddrinfo@Base 1.16.0", "ares_send@Base 1.7.0"),
         "libcurl4t64:amd64": ("curl_easy_header@CURL_OPENSSL_4 7.83.0",
                               "curl_easy_init@CURL_OPENSSL_4 7.16.2")}


@pytest.fixture
def listed(tmp_path, monkeypatch):
    """What dpkg has in its lists, wherever this runs."""
    for package, functions in LISTS.items():
        (tmp_path / f"{package}.symbols").write_text(
            f"library.so.0 {package} #MINVER#\n" + "".join(f" {x}\n" for x in functions))
    monkeypatch.setattr(floor, "DPKG", str(tmp_path))


@pytest.mark.parametrize("name, says", [
    ("gettid", "glibc has it since 2.30"), ("close_range", "glibc has it since 2.34"),
    ("sqlite3_changes64", "libsqlite3-0 has it since 3.3"), ("ares_getaddrinfo", "libc-ares has it since 1.1"),
    ("json_object_new_null", "json-c 0.13"), ("EVP_MAC_init", "OpenSSL 1.1.1")])
def test_a_function_newer_than_the_oldest_releases_is_seen(listed, name, says):
    assert says in floor.newer(name, "cc")


@pytest.mark.parametrize("name", ["pthread_create", "memfd_create", "stat", "sqlite3_step", "ares_send",
                                  "json_object_put", "SSL_new", "deflate"])
def test_a_function_that_was_always_there_is_none(listed, name):
    assert floor.newer(name, "cc") is None


def test_a_function_that_is_loaded_when_needed_is_seen(plant, listed):
    tree = plant({"cgi/sources/http.c": """\
#define CALLS(X) X(easy_init) \\
	X(easy_header)
static const char *const calls[] = {
#define X(name) { "curl_" #name },
	CALLS(X)
#undef X
};
"""})
    built(tree, {"sources/http.o": "int n;"})
    assert [fault for fault in floor.check(tree) if "libcurl4 has it since 7.83" in fault] == [
        "cgi/sources/http.c: curl_easy_header: libcurl4 has it since 7.83.0"]


@pytest.mark.parametrize("release, named", [("0.1", True), ("999", False)])
def test_a_newer_library_without_a_list_fails_by_name(plant, tmp_path, monkeypatch, release, named):
    tree = plant({})
    built(tree, {"base/err.o": "int n;"})
    monkeypatch.setattr(floor, "DPKG", str(tmp_path / "none"))
    monkeypatch.setattr(floor, "RELEASES", {package: (module, release)
                                            for package, (module, _) in floor.RELEASES.items()})
    assert {fault.partition(":")[0] for fault in floor.check(tree)} == (
        set(floor.RELEASES) if named else set())


@pytest.mark.parametrize("cc", ["gcc", "clang"])
def test_what_the_oldest_headers_lack_does_not_compile_with_them(plant, cc):
    tree = plant({"cgi/base/compat.h": "", "cgi/base/new.c": """\
#include "base/compat.h"
#include <json-c/json.h>

size_t at(struct json_tokener *t);
size_t at(struct json_tokener *t)
{
	return json_tokener_get_parse_end(t);
}
"""})
    assert any("json_tokener_get_parse_end" in fault for fault in floor.branches(tree, cc))


# ---- what make runs over ---------------------------------------------------

def test_make_fuzz_runs_each_target_that_is_there_for_ten_minutes():
    """With a corpus each; what an earlier run left in the build directory is none."""
    root = pathlib.Path(__file__).parents[2]
    targets = sorted(path.stem[len("fuzz_"):] for path in root.glob("tests/fuzz/fuzz_*.c"))
    told = subprocess.run(["make", "-s", "-n", "-o", "all", "fuzz", "B=build/none"], cwd=root, check=True,
                          capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}).stdout
    told, _, command = told.replace("\\\n", " ").rpartition("printf '%s\\n' ")
    assert sorted(command.partition(" | xargs")[0].split()) == targets
    assert "-max_total_time=600" in command and f"{root}/tests/fuzz/corpus/@" in command
    assert all(f"-o build/none/fuzz/tests/fuzzers/{name} " in told for name in targets)
    assert all(any((root / "tests/fuzz/corpus" / name).iterdir()) for name in targets)


@pytest.mark.parametrize("target, mark", [("e2e-sanitized", "-fsanitize=address,undefined"),
                                          ("e2e-valgrind", "-DLOOKED_ON")])
def test_the_stories_are_told_by_the_programs_that_were_built_for_it(target, mark):
    root = pathlib.Path(__file__).parents[2]
    told = subprocess.run(["make", "-s", "-n", target, "B=build/none"], cwd=root, check=True,
                          capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}).stdout
    built = re.findall(rf"{mark} .*-o (\S+)/relaydoctor-front ", told)
    assert built and re.findall(r" RD_BUILD=(\S+)", told) == [f"{root}/{built[0]}"]
