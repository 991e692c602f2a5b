"""What the account's own pages say stands in the catalogue, all of it, and nothing else does:
a translation is that one file."""

import json
import os
import re

CATALOGUE = "templates/words/en.json"
PROGRAM = ("cgi/http/pages_my.c", "cgi/http/app_my.c", "cgi/http/app_my_change.c")
NAME = "Relay Doctor"
TAG = re.compile(r"<[^>]*>")
PLACE = re.compile(r"\{\{[^}]*\}\}")
SHOWN = re.compile(r'\s(?:title|alt|placeholder|aria-label|data-done|data-local)="([^"]*)"')
ASKED = re.compile(r"\{\{[#^]?t\.([a-z_]+)\}\}")
LITERAL = re.compile(r'"((?:\\.|[^"\\\n])*)"')
PREFIX = re.compile(r'"([a-z]+(?:_[a-z]+)*_)"')
# A finding about none of an account's domains or addresses is shown to no account.
OF_SERVER = {"SUBJECT_SERVER", "SUBJECT_PORT", "SUBJECT_IP"}


def _templates(tree):
    for folder in ("templates/", "templates/partials/"):
        yield from (p for p in tree.files(folder + "my_", ".html"))


def _said(text):
    """(line, words) of a template that no placeholder stands for."""
    for number, line in enumerate(text.splitlines(), 1):
        for words in (*SHOWN.findall(line), *TAG.split(line)):
            words = PLACE.sub("", words).replace(NAME, "")
            if re.search(r"[A-Za-z]{2}", re.sub(r"&\w+;", "", words)):
                yield number, words.strip()


def written_elsewhere(tree):
    for path in _templates(tree):
        for line, words in _said(tree.read(path)):
            yield f"{path}:{line}: says {words!r}, which is not the catalogue's"
    for path in filter(tree.exists, PROGRAM):
        text = re.sub(r"/\*.*?\*/", "", tree.read(path), flags=re.S)
        for words in LITERAL.findall(text):
            if re.search(r"[A-Za-z]{2} [A-Za-z%]", words) and "/" not in words:
                yield f"{path}: says {words!r}, which is not the catalogue's"


def _wanted(tree):
    """What must be there: (key, who needs it)."""
    for path in _templates(tree):
        yield from ((key, path) for key in ASKED.findall(tree.read(path)))
    for path in tree.files("cgi/checks/", ".c"):
        subjects = set(re.findall(r"\bSUBJECT_[A-Z]+", tree.read(path)))
        if not subjects or subjects - OF_SERVER:
            yield "check_" + os.path.basename(path)[:-2], path
    classes = "cgi/mail/cause.h"
    if tree.exists(classes):
        yield from (("cause_" + name.lower(), classes) for name in re.findall(
            r"\bCAUSE_([A-Z_]+)\b(?=,)", tree.code(classes)))


def _parts(tree):
    """What C puts a key together from: prefixes, and the words that may follow."""
    prefixes, words = {"language"}, set()
    for path in tree.files("cgi/", ".c"):
        text = tree.read(path)
        if path in PROGRAM:
            prefixes.update(PREFIX.findall(text))
        words.update(LITERAL.findall(text))
        words.update(re.findall(r"\b[45]\d\d\b", text))
    # The pages' own names without what tells whose they are.
    words.update(word[3:] for word in list(words) if word.startswith("my_"))
    return prefixes, words


def complete(tree):
    if not tree.exists(CATALOGUE):
        return
    keys, wanted = json.loads(tree.read(CATALOGUE)), dict(_wanted(tree))
    prefixes, words = _parts(tree)
    for key, path in wanted.items():
        if key not in keys:
            yield f"{CATALOGUE}: has no {key}, for {path}"
    for key, text in keys.items():
        composed = any(key == prefix or key.startswith(prefix) and key[len(prefix):] in words
                       for prefix in prefixes)
        if key not in wanted and not composed:
            yield f"{CATALOGUE}: nothing shows {key}"
        if not text.strip():
            yield f"{CATALOGUE}: {key} is empty"
