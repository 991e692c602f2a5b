import os

import pytest

from helper_box import Box, HELPER


@pytest.fixture(scope="session")
def whole_box():
    if os.geteuid() != 0:
        pytest.skip("needs root for a mount namespace")
    assert os.path.exists(HELPER), "build %s first, or set RD_BUILD" % HELPER
    where = os.getcwd()
    box = Box()
    os.chdir(where)
    yield box
    box.leave()
    os.chdir(where)


@pytest.fixture
def box(whole_box):
    whole_box.reset()
    return whole_box
