"""What cannot work stops at the start, with one sentence that says what to do."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from server import CONTACTS, run_command, write_settings

from journal import Journal

KEY = str(CONTACTS["encoding_aes_key"])
TAKEN = "the port that is taken"
HANDLERS = {
    "without_router": "handlers = []\n",
    "misspelt": "def broken(:\n",
    "failing": "raise RuntimeError('at import')\n",
    "missing_import": "import there_is_no_such_module\n",
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong with an otherwise sound server, and what must be said about it."""

    words: Sequence[str]
    command: str = "serve"
    server: Mapping[str, object] = field(default_factory=dict)
    app: Mapping[str, object] | None = field(default_factory=dict)
    rules: str = ""
    text: str = ""  # instead of a whole wecom.toml


FAULTS = {
    "no file": Fault(command="web", text="-", words=["wecom.toml", "no such file", "init"]),
    "no TOML": Fault(text="[server\n", words=["wecom.toml", "not valid TOML"]),
    "no corpid": Fault(app={"corpid": None}, words=['apps "contacts"', "corpid", "add it"]),
    "no token": Fault(command="web", app={"token": None}, words=["token", "missing"]),
    "no key": Fault(app={"encoding_aes_key": None}, words=["encoding_aes_key", "missing"]),
    "short key": Fault(
        command="worker",
        app={"encoding_aes_key": KEY[:-1]},
        words=['apps "contacts"', "encoding_aes_key", "42 characters", "copy it"],
    ),
    "token and key swapped": Fault(
        app={"encoding_aes_key": CONTACTS["token"], "token": KEY},
        words=['apps "contacts"', "token", "swapped"],
    ),
    "unknown key of an app": Fault(
        app={"tokn": "x"}, words=['apps "contacts"', "tokn", "no such key", "spelling"]
    ),
    "unknown key of the server": Fault(
        command="web", server={"prot": 1}, words=["server.prot", "no such key", "spelling"]
    ),
    "a port that is none": Fault(server={"port": 70000}, words=["server.port", "65535"]),
    "a word for a number": Fault(
        command="worker", server={"urgent_threads": "many"}, words=["server.urgent_threads"]
    ),
    "variable not set": Fault(
        app={"secret": "${WECOM_NEVER_SET}"}, words=["WECOM_NEVER_SET", "not set", "export"]
    ),
    "no apps": Fault(app=None, words=["apps", "[[apps]]"]),
    "unknown rule key": Fault(
        rules='[[welcome]]\nname = "a"\ntekst = "x"\ntext = "x"\n',
        words=["rules.toml", '[[welcome]] "a"', "tekst", "spelling"],
    ),
    "rule without text": Fault(
        command="worker", rules='[[welcome]]\nstate = "x"\n', words=["rules.toml", "text", "add it"]
    ),
    "bad time zone": Fault(
        rules='timezone = "Asia/Peking"\n', words=["rules.toml", "timezone", "Asia/Shanghai"]
    ),
    "no tables yet": Fault(
        server={"database_url": "sqlite:///new.db"},
        words=["server.database_url", "wecom-callback migrate"],
    ),
    "no such folder": Fault(
        command="worker",
        server={"database_url": "sqlite:////dev/null/journal.db"},
        words=["database_url", "/dev/null"],
    ),
    "no such database": Fault(
        command="web",
        server={"database_url": "postgresql+psycopg://nobody:hidden-password@127.0.0.1:1/x"},
        words=["server.database_url", "cannot be reached"],
    ),
    "another database": Fault(
        server={"database_url": "mysql://localhost/x"}, words=["database_url", "sqlite"]
    ),
    "port in use": Fault(server={"port": TAKEN}, words=["server.port", "another port"]),
    "port in use by another web": Fault(
        command="web", server={"port": TAKEN}, words=["server.port", "another port"]
    ),
    "no broker for a web server": Fault(
        command="web", server={"redis_url": ""}, words=["server.redis_url", "redis://"]
    ),
    "no broker for a worker": Fault(
        command="worker", server={"redis_url": ""}, words=["server.redis_url", "redis://"]
    ),
    "no such handlers": Fault(
        server={"handlers": ["nowhere"]}, words=["server.handlers", "nowhere", "cannot be imported"]
    ),
    "handlers without a router": Fault(
        command="worker",
        server={"handlers": ["without_router"]},
        words=["server.handlers", "without_router", "router = Router()"],
    ),
    "handlers that are no Python": Fault(
        command="web",
        server={"handlers": ["misspelt"]},
        words=["server.handlers", "misspelt", "cannot be imported", "line 1"],
    ),
    "handlers that fail": Fault(
        server={"handlers": ["failing"]}, words=["server.handlers", "failing", "RuntimeError"]
    ),
    "handlers that import what is not there": Fault(
        command="worker",
        server={"handlers": ["missing_import"]},
        words=["server.handlers", "missing_import", "there_is_no_such_module"],
    ),
}


@pytest.fixture(scope="module")
def started(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, subprocess.CompletedProcess[str]]:
    """Start them all, two at a time, because each has to import the server."""
    database = tmp_path_factory.mktemp("journal") / "journal.db"
    journal = Journal(f"sqlite:///{database}")
    journal.migrate()
    journal.close()
    folders = {name: tmp_path_factory.mktemp("fault") for name in FAULTS}
    with socket.socket() as taken, ThreadPoolExecutor(2) as pool:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = pool.map(lambda name: _start(FAULTS[name], folders[name], database, port), FAULTS)
        return dict(zip(FAULTS, ended, strict=True))


@pytest.mark.parametrize("name", FAULTS)
def test_a_start_that_cannot_work_ends_with_one_sentence(
    started: dict[str, subprocess.CompletedProcess[str]], name: str
) -> None:
    ended = started[name]

    assert ended.returncode == 1
    assert ended.stderr.startswith("error: ")
    assert len(ended.stderr.splitlines()) == 1
    assert [word for word in FAULTS[name].words if word not in ended.stderr] == []
    assert ended.stdout == ""
    for secret in (KEY, CONTACTS["token"], CONTACTS["secret"], "hidden-password"):
        assert str(secret) not in ended.stderr


def _start(
    fault: Fault, folder: Path, database: Path, port: int
) -> subprocess.CompletedProcess[str]:
    for name, source in HANDLERS.items():
        (folder / f"{name}.py").write_text(source)
    (folder / "rules.toml").write_text(fault.rules, encoding="utf-8")
    server = {
        "port": 0,
        "database_url": f"sqlite:///{database}",
        "redis_url": "redis://127.0.0.1:1/0",
        **fault.server,
    }
    server["port"] = port if server["port"] == TAKEN else server["port"]
    apps = [] if fault.app is None else [{**CONTACTS, **fault.app}]
    settings = write_settings(folder / "wecom.toml", server, apps)
    if fault.text == "-":
        settings.unlink()
    elif fault.text:
        settings.write_text(fault.text)
    return run_command(settings, fault.command)
