import contextlib
import os
import pathlib
import tempfile

import pytest

from front import place


@pytest.fixture(scope="session")
def echo_front():
    """Path of the real front around an application that echoes."""
    if os.geteuid() != 0:
        pytest.fail("the tests of doors and fronts need root: they start programs "
                    "under several uids in a mount namespace")
    with tempfile.TemporaryDirectory(prefix="rd-echo-") as name:
        os.chmod(name, 0o755)
        yield place.build_echo_front(pathlib.Path(name) / "relaydoctor-front")


@pytest.fixture(scope="module")
def machine(echo_front):
    with place.own_machine() as scratch:
        yield scratch


@pytest.fixture
def front(machine, echo_front):
    """front("user") starts one; all are gone after the test, and none of them had
    anything to say to a sanitizer."""
    all_started = []
    with contextlib.ExitStack() as stack:
        def start(side, **how):
            started = place.Front(echo_front, side, **how)
            stack.callback(started.kill)
            all_started.append(started)
            return started
        yield start
    for started in all_started:
        assert "Sanitizer" not in started.said()
        assert "runtime error" not in started.said()
