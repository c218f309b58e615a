"""A few thousand of the cases of `make fuzz`."""

from __future__ import annotations

from itertools import islice

import pytest
from fuzz import Mutator, endpoint, fuzz
from structlog.testing import capture_logs

COUNT = 3_000


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_forged_is_accepted_and_nothing_is_a_fault(seed: int) -> None:
    with endpoint() as client, capture_logs():
        met = fuzz(client, COUNT // 2, seed)

    assert {kind for kind, _ in met} == {
        "signed value",
        "signed ciphertext",
        "signed echostr",
        "any body",
        "any query",
        "any plaintext",
        "any frame",
    }
    assert met["any plaintext", 200] == COUNT // 2 // 6


def test_the_same_seed_makes_the_same_cases() -> None:
    one, again, other = (
        [(case.query, case.body) for case in islice(Mutator(seed).cases(), 60)]
        for seed in (7, 7, 8)
    )

    assert one == again
    assert one != other
