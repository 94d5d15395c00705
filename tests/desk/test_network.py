"""Opening to the room's network: to which addresses, and again after the computer or the desk came back."""
import asyncio
import ipaddress
import sys

import numpy as np
import pytest

from imm_audio.block import DESK_RECORD
from imm_audio.desk import network as networks
from imm_audio.desk.address import LOOPBACK, NoPort, is_free, listen, listen_first
from imm_audio.desk.network import Network, NoNetwork, addresses
from imm_audio.desk.who import JoinCodes

needs_more_loopback = pytest.mark.skipif(sys.platform == "darwin", reason="macOS has only 127.0.0.1 unless told otherwise")


async def nothing(scope, receive, send):
    pass


class Office:
    """A network that is opened by hand."""

    def __init__(self):
        self.desk, self.addresses = np.zeros(1, DESK_RECORD)[0], ["127.0.0.2"]
        with listen(LOOPBACK, 0) as sock:
            self.port = sock.getsockname()[1]

    def network(self) -> Network:
        found = Network(self.desk, self.port, JoinCodes("key", lambda: 0.0), lambda: self.addresses)
        found.app = nothing
        return found


@pytest.fixture
def office():
    return Office()


def test_addresses_are_those_of_private_networks():
    for address in addresses():
        ip = ipaddress.ip_address(address)
        assert ip.is_private
        assert not ip.is_loopback


@pytest.mark.parametrize(("address", "local"), [
    ("192.168.1.5", True), ("10.0.0.7", True), ("172.16.3.4", True), ("169.254.1.1", True), ("127.0.0.1", False),
    ("8.8.8.8", False), ("0.0.0.0", False), ("224.0.0.251", False), ("100.64.0.1", False)])
def test_no_address_of_the_internet_is_opened(address, local):
    assert networks._is_local(address) == local


@needs_more_loopback
def test_another_desk_opens_as_the_one_before_had(office):
    async def run():
        first = office.network()
        first.open(False)
        await first.end()
        assert not first.is_open
        again = office.network()
        again.look()
        assert again.urls == [f"http://127.0.0.2:{office.port}"]
        again.close()
        later = office.network()
        later.look()
        assert not later.is_open
        await again.end()

    asyncio.run(run())


@needs_more_loopback
def test_a_computer_that_comes_into_another_network_is_found_there(office):
    async def run():
        network = office.network()
        network.open(False)
        office.addresses = []
        network.look()                         # no network at all
        assert not network.is_open
        office.addresses = ["127.0.0.3"]
        network.look()
        assert network.urls == [f"http://127.0.0.3:{office.port}"]
        await network.end()

    asyncio.run(run())


@needs_more_loopback
def test_a_port_that_is_taken_there_is_one_sentence(office):
    async def run():
        with listen("127.0.0.2", office.port), pytest.raises(NoNetwork, match="can't be opened to the network"):
            office.network().open(False)

    asyncio.run(run())


# --- ports ----------------------------------------------------------------------------------------------------------
def test_the_next_free_port_is_taken():
    with listen(LOOPBACK, 0) as other:
        taken = other.getsockname()[1]
        assert not is_free(taken)
        with listen_first(LOOPBACK, range(taken, taken + 10)) as found:
            assert taken < found.getsockname()[1] < taken + 10
        with pytest.raises(NoPort, match=rf"port {taken} is used by other programs\. Choose another with --port\."):
            listen_first(LOOPBACK, range(taken, taken + 1))
