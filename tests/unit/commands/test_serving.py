"""`serve` has its settings checked in a process that ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands.serving import check_apart
from errors import ConfigurationError
from settings import read_settings


def test_what_another_process_finds_wrong_is_told_in_both_languages(tmp_path: Path) -> None:
    (tmp_path / "wecom.toml").write_text("[server]\n", encoding="utf-8")

    with pytest.raises(ConfigurationError) as told:
        check_apart(read_settings(str(tmp_path / "wecom.toml"), {}))

    assert "apps: there is none" in told.value.text["en"]
    assert told.value.text["zh"] != told.value.text["en"]
