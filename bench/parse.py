"""What typed events cost: `events.parse` against `xmltodict.parse` of the same plaintext.

It is written as WeCom writes it. Rounds of both take turns in one process, and the median of the
ratios is printed. More than twice the cost of the plain dictionary ends with exit status 1.
"""

from __future__ import annotations

import json
import statistics
import sys
import timeit
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

import click
import xmltodict

import events
from bench.figures import machine
from commands.plaintext import Addressee, compose
from events import BatchJobFinished, Event, ExternalContactAdded, GroupChatMembersJoined
from events.app import TemplateCardClicked
from events.contact import MemberCreated
from events.message import TextMessage
from events.robot import RobotTextMessage

_MOST = 2.0
_MEASURED: tuple[type[Event], ...] = (
    ExternalContactAdded,
    GroupChatMembersJoined,
    BatchJobFinished,
    TextMessage,
    MemberCreated,
    TemplateCardClicked,
    RobotTextMessage,
)


@click.command()
@click.option("--rounds", default=40, show_default=True)
@click.option("--number", default=300, show_default=True, help="Parses a round.")
@click.option("--quick", is_flag=True, help="Five rounds.")
def main(*, rounds: int, number: int, quick: bool) -> None:
    """Compare parsing; a robot's JSON is compared with json.loads, which is no peer of ours."""
    rounds = 5 if quick else rounds
    print(machine())
    print(f"{'':36} {'typed':>9} {'plain':>9}  ratio")
    worst = 0.0
    for cls in _MEASURED:
        plaintext = compose(cls, {}, to=Addressee(), now=datetime.now(UTC), dice=Random(1))
        is_json = plaintext.startswith(b"{")
        typed, plain = _microseconds(plaintext, rounds, number, is_json=is_json)
        ratio = statistics.median(ours / theirs for ours, theirs in zip(typed, plain, strict=True))
        worst = max(worst, 0 if is_json else ratio)
        print(
            f"{cls.__name__ + (' (JSON)' if is_json else ''):36}"
            f" {min(typed):6.1f} us {min(plain):6.1f} us  {ratio:5.2f}"
        )
    if worst > _MOST:
        print(f"more than {_MOST:g} times the cost of xmltodict.parse")
        sys.exit(1)


def _microseconds(
    plaintext: bytes, rounds: int, number: int, *, is_json: bool
) -> tuple[list[float], list[float]]:
    """Return the microseconds of a parse in each round, ours and the plain one's."""
    read: Callable[[bytes], object] = json.loads if is_json else xmltodict.parse
    typed, plain = [], []
    for _ in range(rounds):
        typed.append(timeit.timeit(lambda: events.parse(plaintext), number=number))
        plain.append(timeit.timeit(lambda: read(plaintext), number=number))
    return [1e6 * each / number for each in typed], [1e6 * each / number for each in plain]


if __name__ == "__main__":
    main()
