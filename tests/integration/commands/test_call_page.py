"""The page on calling the API: its code runs, in both languages, against the simulated WeCom."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from simulated import NOWHERE, PNG, tenant

from cli import main
from simulator import DEFAULT_CORPID, DEFAULT_SECRET, Simulator
from wecom import Client, media, tag

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "docs/how-to" / name for name in ("call-the-api.md", "call-the-api.zh-CN.md")]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator.running(tenant=tenant(NOWHERE)) as simulator:
        yield simulator


@pytest.fixture
def known(sim: Simulator) -> dict[str, str]:
    """What stands on the page for something, and what it is in this WeCom."""
    customer = sim.add_customer("zhangsan")
    with Client(DEFAULT_CORPID, DEFAULT_SECRET, base_url=sim.url) as api:
        [made] = tag.add_corp_tag(api, [tag.NewTag(name="展会")], group_name="来源").tag
        with (ROOT / "README.md").open("rb") as file:
            uploaded = media.upload(api, file, "file", filename="README.md")
    return {
        '"ww1234567890abcdef", "the-secret-of-the-app"': (
            f'"{DEFAULT_CORPID}", "{DEFAULT_SECRET}", base_url="{sim.url}"'
        ),
        "ww1234567890abcdef": DEFAULT_CORPID,
        "wmAAA": customer,
        "etAAA": made.id,
        "MEDIA_ID": uploaded.media_id,
    }


def blocks(page: Path, language: str, known: dict[str, str]) -> list[str]:
    """Return the code of a page with what is known filled in."""
    found = [code for kind, code in FENCE.findall(page.read_text("utf-8")) if kind == language]
    for example, value in known.items():
        found = [code.replace(example, value) for code in found]
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_script_runs_and_leaves_no_secret(
    page: Path, sim: Simulator, known: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "poster.png").write_bytes(PNG)
    script = "\n".join([*blocks(page, "python", known), "print(repr(api))", "api.close()"])

    ran = subprocess.run(  # noqa: S603 - the page's own code
        [sys.executable, "-W", "error", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    assert "somebody deleted the tag" in ran.stdout
    assert (tmp_path / "copy.png").read_bytes() == PNG
    assert DEFAULT_SECRET not in ran.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_run(
    page: Path,
    sim: Simulator,
    known: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WECOM_API_BASE_URL", sim.url)
    monkeypatch.setenv("WECOM_SECRET", DEFAULT_SECRET)
    (tmp_path / "poster.png").write_bytes(PNG)
    (tmp_path / "wecom.toml").write_text(
        f'[[apps]]\nname = "contacts"\ncorpid = "{DEFAULT_CORPID}"\nagentid = 1000002\n'
        f'secret = "{DEFAULT_SECRET}"\ntoken = "QDG6eK"\nencoding_aes_key = "{"k" * 43}"\n',
        encoding="utf-8",
    )
    lines = [line for code in blocks(page, "sh", known) for line in code.splitlines()]
    commands = [shlex.split(line)[1:] for line in lines if line.startswith("wecom-callback ")]

    results = [CliRunner().invoke(main, arguments) for arguments in commands]

    assert len(results) >= 7
    assert [(result.exit_code, result.stderr) for result in results] == [(0, "")] * len(results)
    assert (tmp_path / "copy.png").read_bytes() == (ROOT / "README.md").read_bytes()


def test_both_languages_have_the_same_code() -> None:
    english, chinese = (FENCE.findall(page.read_text("utf-8")) for page in PAGES)

    assert chinese == english
