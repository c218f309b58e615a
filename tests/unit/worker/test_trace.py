from __future__ import annotations

import pytest

from worker.trace import trace


def broken() -> None:
    raise RuntimeError("the customer's na" + "me")


def test_tells_where_and_of_which_type_but_not_the_text() -> None:
    with pytest.raises(RuntimeError) as caught:
        broken()

    text = trace(caught.value)

    assert "in broken" in text
    assert text.endswith("RuntimeError")
    assert "the customer's name" not in text
