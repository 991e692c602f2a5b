"""A file does one thing, a function fits on a screen."""

import ast
import re

FILE_MAX = 600
TEST_MAX = 1000     # sentences about one subject, one after the other
FUNCTION_MAX = 60


def _c_functions(tree, path):
    """(line of the brace, length) of each body that begins in the first column."""
    start = None
    for number, line in enumerate(tree.code(path).splitlines(), 1):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start:
            yield start, number - start + 1
            start = None


def _python_functions(tree, path):
    for node in ast.walk(ast.parse(tree.read(path))):
        if isinstance(node, ast.FunctionDef):
            yield node.lineno, node.end_lineno - node.lineno + 1


def check(tree):
    for path in tree.files("", ".c", ".h", ".py"):
        limit = TEST_MAX if re.search(r"(^|/)test_", path) else FILE_MAX
        length = tree.read(path).count("\n")
        if length > limit:
            yield f"{path}: {length} lines, over {limit}"
        functions = _python_functions if path.endswith(".py") else _c_functions
        for line, lines in functions(tree, path):
            if lines > FUNCTION_MAX:
                yield f"{path}:{line}: a function of {lines} lines, over {FUNCTION_MAX}"
