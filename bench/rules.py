"""How long 1,000 rules take to be matched with one event; exit 1 from a millisecond on."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from events import parse
from handlers.rules import Rules, RulesDocument, TagRule, WelcomeRule

RULES = 1_000
EVENTS = 300
ALLOWED_MS = 1.0

_EVENT = """<xml><ToUserName>ww1</ToUserName><FromUserName>sys</FromUserName>
<CreateTime>1770000000</CreateTime><MsgType>event</MsgType><Event>change_external_contact</Event>
<ChangeType>add_external_contact</ChangeType><UserID>user-{n}</UserID>
<ExternalUserID>wm{n}</ExternalUserID><State>state-{n}</State></xml>"""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One shape that 1,000 rules may have; condition: of the rule with that number."""

    name: str
    condition: Callable[[int], dict[str, object]]


CASES = (
    Case(name="a state each", condition=lambda n: {"state": f"state-{n}"}),
    Case(name="a pattern each", condition=lambda n: {"state": f"*-{n}"}),
    Case(name="a member each", condition=lambda n: {"userid": [f"user-{n}", f"deputy-{n}"]}),
    Case(
        name="a pattern, hours and days each",
        condition=lambda n: {
            "hours": "00:00-24:00",
            "weekdays": "mon-sun",
            "dates": "2026-01-01..",
            "state": f"*-{n}",
        },
    ),
    Case(
        name="hours that no moment is in",
        condition=lambda n: {"hours": f"{n % 8:02}:00-{n % 8:02}:01", "dates": "2026-01-01.."},
    ),
)


def main() -> int:
    """Print the time of each shape; return 1 when one takes a millisecond or more."""
    medians = {case.name: _milliseconds(case) for case in CASES}
    for name, milliseconds in medians.items():
        print(f"{RULES} rules, {name:32} {milliseconds:7.3f} ms")
    slow = [name for name, milliseconds in medians.items() if milliseconds >= ALLOWED_MS]
    print("too slow: " + ", ".join(slow) if slow else "fast enough")
    return 1 if slow else 0


def _milliseconds(case: Case) -> float:
    rules = _rules(case)
    now = datetime(2026, 2, 10, 4, tzinfo=UTC)
    taken = []
    for number in range(EVENTS):
        event = parse(_EVENT.format(n=number * 7 % RULES).encode())
        started = time.perf_counter()
        facts = rules.facts("contacts", "ww1", event, now)
        rules.first(WelcomeRule, facts)
        list(rules.matching(TagRule, facts))
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def _rules(case: Case) -> Rules:
    half = range(RULES // 2)
    return Rules(
        RulesDocument.model_validate(
            {
                "welcome": [{"text": "x", **case.condition(2 * n)} for n in half],
                "tag": [{"add": "a/b", **case.condition(2 * n + 1)} for n in half],
            }
        )
    )


if __name__ == "__main__":
    sys.exit(main())
