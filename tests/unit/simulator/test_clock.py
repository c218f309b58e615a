"""The simulated time, and what happens by itself when it has come."""

from __future__ import annotations

import threading
import time

from simulator.agenda import Agenda
from simulator.clock import Clock


def test_runs_with_real_time() -> None:
    clock = Clock()

    assert abs(clock.now() - time.time()) < 1


def test_can_be_advanced_and_goes_on() -> None:
    clock = Clock()
    clock.advance(3600)

    assert clock.now() >= time.time() + 3599


def test_stands_still_and_can_still_be_moved() -> None:
    clock = Clock()
    clock.stop()
    stood = clock.now()
    clock.advance(5)

    assert not clock.running
    assert clock.now() == stood + 5


def test_runs_on_from_where_it_stood() -> None:
    clock = Clock()
    clock.stop()
    clock.set(1000)
    clock.go()

    assert clock.running
    assert 1000 <= clock.now() < 1001


def test_the_agenda_acts_when_the_clock_is_moved_there() -> None:
    clock = Clock()
    clock.stop()
    agenda, done = Agenda(clock), threading.Event()
    agenda.at(clock.now() + 3600, done.set)

    early = done.wait(0.05)
    clock.advance(3600)
    agenda.wake()

    assert not early
    assert done.wait(5)
    agenda.close()


def test_the_agenda_acts_when_the_time_has_come_by_itself() -> None:
    clock, done = Clock(), threading.Event()
    agenda = Agenda(clock)
    agenda.at(clock.now() + 0.05, done.set)

    assert done.wait(5)
    agenda.close()


def test_a_cleared_agenda_forgets() -> None:
    clock, done = Clock(), threading.Event()
    agenda = Agenda(clock)
    agenda.at(clock.now() + 0.05, done.set)
    agenda.clear()

    assert not done.wait(0.15)
    agenda.close()
