from __future__ import annotations

import socket

import pytest


@pytest.mark.filterwarnings("ignore:A test tried")
def test_a_unit_test_cannot_open_a_socket_even_to_loopback() -> None:
    with pytest.raises(RuntimeError, match="tried to use socket"):
        socket.create_connection(("127.0.0.1", 9))
    with pytest.raises(RuntimeError, match="tried to use socket"):
        socket.socket(socket.AF_INET, socket.SOCK_STREAM)


def test_a_unit_test_may_use_a_socket_pair_inside_its_own_process() -> None:
    here, there = socket.socketpair()
    with here, there:
        here.sendall(b"x")

        assert there.recv(1) == b"x"
