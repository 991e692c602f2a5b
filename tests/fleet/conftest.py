"""Many servers: what Prometheus is told of them and Ansible does on them. RD_BUILD names
the build directory (default: build)."""

import os
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "install")]
REPOSITORY = TESTS.parent
BUILD = os.environ.get("RD_BUILD", str(REPOSITORY / "build"))
PLUGIN = REPOSITORY / "whm-plugin"
