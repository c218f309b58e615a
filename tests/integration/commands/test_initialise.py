"""`init`: the files a newcomer starts from."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from cli import main
from commands.initialise import initialise
from settings import read_settings
from simulator import DEFAULT_ENCODING_AES_KEY, DEFAULT_TOKEN, Simulator
from wecom import Client, user


def test_settings_for_the_simulator_are_complete_and_are_those_of_its_corp(tmp_path: Path) -> None:
    initialise(tmp_path, simulated=True)

    settings = read_settings(str(tmp_path / "wecom.toml"), {})

    (app,) = settings.apps
    with (
        Simulator.running() as simulator,
        Client(app.corpid, app.secret, base_url=simulator.url) as api,
    ):
        assert user.get(api, "zhangsan").name == "张三"
    assert (app.token, app.encoding_aes_key) == ((DEFAULT_TOKEN,), (DEFAULT_ENCODING_AES_KEY,))


def test_what_comes_next_is_said(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["init", "--simulator", str(tmp_path / "trial")])

    assert f"next: cd {tmp_path / 'trial'}\n" in result.output
    assert "next: wecom-callback simulator, in a terminal of its own\n" in result.output
    assert "WECOM_CONTACTS_SECRET" not in result.output
