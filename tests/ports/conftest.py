import shutil

import pytest

from lab.box import SEARCH, missing
from network import Network, box

PACKAGES = {"nft": "nftables", "iptables": "iptables", "iptables-legacy": "iptables"}


@pytest.fixture(scope="session")
def whole():
    lacking = missing() + [f"{name} is not installed (package {package})"
                           for name, package in PACKAGES.items()
                           if not shutil.which(name, path=SEARCH)]
    if lacking:
        pytest.skip("; ".join(lacking))
    with box() as b:
        network = Network(b)
        yield network
        network.close()


@pytest.fixture
def net(whole):
    whole.reset()
    return whole
