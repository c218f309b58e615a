"""What pulling customers takes: peak memory and time for 10,000 of them, and for 100,000.

Each is pulled page by page, 100 at a time, from a stand-in in a process of its own, by a process
of its own that counts them. More than 2 MB between the two peaks ends with exit status 1.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from bench import stage
from bench.callbacks import CORPID, SECRET
from bench.figures import machine
from wecom import Client, external_contact

_FEW, _MANY = 10_000, 100_000
_MOST_MB = 2.0


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """What one process used."""

    customers: int
    seconds: float
    before_mb: float
    peak_mb: float


@click.command()
@click.option("--url", default="", hidden=True, help="Pull from there, in this process.")
@click.option("--number", default=0, hidden=True)
def main(*, url: str, number: int) -> None:
    """Compare peaks."""
    if url:
        print(json.dumps(asdict(_pull(url, number))))
        return
    print(machine())
    with stage.api(0) as served:
        few, many = (_in_a_process(served, each) for each in (_FEW, _MANY))
    for each in (few, many):
        print(
            f"{each.customers:7} customers  {each.seconds:6.1f} s"
            f"   peak {each.peak_mb:5.1f} MB, before {each.before_mb:5.1f} MB"
        )
    grown = many.peak_mb - few.peak_mb
    print(f"ten times the customers take {grown:+.1f} MB")
    if (few.customers, many.customers) != (_FEW, _MANY) or grown > _MOST_MB:
        print(f"more than {_MOST_MB:g} MB, or not all customers")
        sys.exit(1)


def _in_a_process(url: str, number: int) -> Pulled:
    command = [sys.executable, "-m", "bench.paging", "--url", url, "--number", str(number)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Pulled(**json.loads(told))


def _pull(url: str, number: int) -> Pulled:
    before, started = _peak_mb(), time.monotonic()
    with Client(CORPID, SECRET, base_url=url) as api:
        # The stand-in takes the userid for the number of customers the member has.
        pulled = sum(1 for _ in external_contact.batch_get_by_user(api, [str(number)]))
    seconds = time.monotonic() - started
    return Pulled(customers=pulled, seconds=seconds, before_mb=before, peak_mb=_peak_mb())


def _peak_mb() -> float:
    """Return the highest resident size since this program began."""
    # Not getrusage: its peak is handed down by the process that started this one.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split(maxsplit=1)[0]) / 1024


if __name__ == "__main__":
    main()
