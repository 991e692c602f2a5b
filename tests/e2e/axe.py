"""axe-core, the accessibility checker of Deque Systems (MPL 2.0), as the text of its script:
taken from the npm registry when it is needed, into a folder that goes again."""

import functools
import os
import subprocess
import tempfile

VERSION = "4.14.1"
WCAG = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
EVERYTHING = {"type": "tag", "values": WCAG["values"] + ["best-practice"]}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}


@functools.lru_cache(maxsize=None)
def script():
    """The same for all tests of a run. Without it they fail: what was not looked at is not fine."""
    with tempfile.TemporaryDirectory(prefix="rd-axe-") as folder:
        try:
            done = subprocess.run(
                ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix",
                 folder, f"axe-core@{VERSION}"], capture_output=True, text=True, timeout=120,
                check=False)
            said = done.stderr.strip()
        except (OSError, subprocess.TimeoutExpired) as e:
            done, said = None, str(e)
        path = os.path.join(folder, "node_modules/axe-core/axe.min.js")
        assert done and done.returncode == 0 and os.path.exists(path), (
            f"axe-core {VERSION} cannot be had from npm, so the pages cannot be checked: {said}")
        with open(path, encoding="utf-8") as f:
            return f.read()


def violations(driver, rules, part=None):
    """What axe holds against the page as it is shown now, or against that part, a line each."""
    if not driver.execute_script("return 'axe' in window"):
        driver.execute_script(script())
    found = driver.execute_async_script(
        "axe.run(arguments[1] || document, {resultTypes: ['violations'], runOnly: arguments[0]})"
        ".then(arguments[arguments.length - 1])", rules, part)["violations"]
    return [f"{v['id']} ({v['impact']}): {node['html'][:200]}" for v in found for node in v["nodes"]]
