"""A source tree as the rules read it."""

import functools
import os
import re
import shutil
import subprocess
import tempfile

COMMENTS_AND_STRINGS = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


class Tree:
    """root: the repository. build: where make left objects and programs."""

    def __init__(self, root, build=None, cc="cc"):
        self.root, self.build, self.cc = root, build, cc

    @functools.cached_property
    def tracked(self):
        """Paths that git knows; without git or its records, all of them."""
        if shutil.which("git") and self.exists(".git"):
            listed = subprocess.run(
                ["git", "-C", self.root, "ls-files", "-co", "--exclude-standard"],
                capture_output=True, text=True, check=False)
            if listed.returncode == 0:
                return sorted(p for p in set(listed.stdout.splitlines()) if self.exists(p))
        paths = (os.path.relpath(os.path.join(top, name), self.root)
                 for top, _, names in os.walk(self.root) for name in names)
        return sorted(p for p in paths if not p.startswith((".git/", "build/")))

    def files(self, under, *endings):
        return [p for p in self.tracked if p.startswith(under) and p.endswith(endings or ("",))]

    def exists(self, path):
        return os.path.exists(os.path.join(self.root, path))

    @functools.cache
    def read(self, path):
        with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as f:
            return f.read()

    @functools.cache
    def code(self, path):
        """A C file without what its comments and strings say; lines stay where they are."""
        return COMMENTS_AND_STRINGS.sub(
            lambda m: ('""' if m[0][0] in "\"'" else " ") + "\n" * m[0].count("\n"),
            self.read(path))

    def lines_with(self, pattern, text):
        """(line number, what matched) for each match."""
        for match in re.finditer(pattern, text, re.M):
            yield text.count("\n", 0, match.start()) + 1, match[0].strip()

    def includes(self, path):
        """(line number, name as written between the marks, True for "…")"""
        pattern = r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]'
        text = self.read(path)
        for match in re.finditer(pattern, text, re.M):
            yield text.count("\n", 0, match.start()) + 1, match[2], match[1] == '"'

    def compile(self, source, *flags, language=None):
        """Compiles to an object that exists inside `with`; yields its path or None."""
        return _Object(self, source, flags, language)

    @functools.cached_property
    def flags(self):
        packages = ["json-c", "libcares", "libpsl", "sqlite3", "openssl", "zlib", "libcurl"]
        found = subprocess.run(["pkg-config", "--cflags", *packages], capture_output=True,
                               text=True, check=False).stdout.split()
        generated = [f"-I{self.build}/gen"] if self.build else []
        return ["-std=c11", "-D_GNU_SOURCE", f"-I{self.root}/cgi", *generated, *found]


class _Object:
    def __init__(self, tree, source, flags, language):
        self.tree, self.source, self.more, self.language = tree, source, flags, language

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="rd-lint-")
        self.path = f"{self.directory.name}/lint.o"
        language = ["-x", self.language] if self.language else []
        done = subprocess.run([self.tree.cc, *self.tree.flags, *self.more, "-c", *language,
                               "-o", self.path, self.source], capture_output=True, text=True,
                              cwd=self.tree.root, check=False)
        self.ok, self.errors = done.returncode == 0, done.stderr
        return self

    def __exit__(self, *_):
        self.directory.cleanup()


def symbols(path, *options):
    """(letter, name) of each symbol that nm shows of an object or program."""
    listed = subprocess.run(["nm", "-P", *options, path], capture_output=True, text=True,
                            check=True).stdout
    for line in listed.splitlines():
        name, letter = line.split()[:2]
        yield letter, name.split("@")[0]
