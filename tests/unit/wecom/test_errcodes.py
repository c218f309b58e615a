"""The table of error codes (doc 90313)."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

import errors
from wecom import errcodes

HAN = re.compile(r"[\u4e00-\u9fff]")
RETRYABLE = {
    *(-1, 6000, 41096, 81026),
    *(45009, 45033, 45035, 41094),
    *(40084, 40085, 41062, 41063, 41078, 41079, 90507, 302008),
}

DOCUMENTED = Path(__file__).parents[2] / "data" / "errcodes.csv"
"""The codes of the documents; kind: what a client is to do about one."""

with DOCUMENTED.open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))


@pytest.mark.parametrize("errcode", sorted(errcodes._MEANINGS))
def test_exactly_the_passing_faults_may_be_retried(errcode: int) -> None:
    error = errcodes.error(errcode, "", endpoint="x")

    assert error.retryable is (errcode in RETRYABLE)


@pytest.mark.parametrize(
    ("errcode", "cls"),
    [
        (-1, errors.SystemBusy),
        (6000, errors.SystemBusy),
        (40001, errors.CredentialRejected),
        (40007, errors.MediaInvalid),
        (40013, errors.CredentialRejected),
        (40014, errors.AccessTokenRejected),
        (40078, errors.AuthCodeInvalid),
        (40082, errors.AccessTokenRejected),
        (40083, errors.CredentialRejected),
        (40084, errors.PermanentCodeRejected),
        (40085, errors.SuiteTicketRejected),
        (41050, errors.WelcomeCodeInvalid),
        (41051, errors.ChatAlreadyStarted),
        (41063, errors.NotReady),
        (41096, errors.WelcomeBeingSent),
        (42001, errors.AccessTokenRejected),
        (42009, errors.AccessTokenRejected),
        (45009, errors.RateLimited),
        (45033, errors.RateLimited),
        (84061, errors.NotExternalContact),
        (40096, errors.APIError),
        (999_999, errors.APIError),
    ],
)
def test_raises_the_narrowest_class(errcode: int, cls: type[errors.APIError]) -> None:
    assert type(errcodes.error(errcode, "", endpoint="x")) is cls


@pytest.mark.parametrize("errcode", [999_999, -2, 1])
def test_an_unknown_code_is_permanent(errcode: int) -> None:
    assert errcodes.describe(errcode).kind == "permanent"
    assert not errcodes.error(errcode, "", endpoint="x").retryable


def test_no_code_stands_in_two_kinds() -> None:
    listed = [errcode for codes in errcodes._KINDS.values() for errcode in codes]

    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["errcode"])
def test_every_documented_code_is_known_with_its_kind(row: dict[str, str]) -> None:
    meaning = errcodes.describe(int(row["errcode"]))

    assert meaning.text.en != "not a documented code"
    assert meaning.kind == row["kind"]


def test_says_what_to_do_where_an_operator_has_to_act() -> None:
    silent = [
        errcode
        for errcode, meaning in errcodes._MEANINGS.items()
        if meaning.kind == "config" and meaning.hint is None
    ]

    assert silent == []


def test_hints_come_for_known_codes_only() -> None:
    assert errcodes._HINTS.keys() <= errcodes._MEANINGS.keys()


@pytest.mark.parametrize("errcode", [*sorted(errcodes._MEANINGS), 999_999])
def test_every_code_is_explained_in_both_languages(errcode: int) -> None:
    meaning = errcodes.describe(errcode)

    for told in filter(None, (meaning.text, meaning.hint)):
        assert not HAN.search(told.en)
        assert HAN.search(told.zh)


@pytest.mark.parametrize("address", ["203.0.113.7", "2001:db8::1", "::ffff:203.0.113.7"])
def test_names_the_address_to_trust(address: str) -> None:
    errmsg = f"not allow to access from your ip, hint: [1700000000], from ip: {address}, more info"

    error = errcodes.error(60020, errmsg, endpoint="x")

    assert f"add {address} in" in error.text.en
    assert f"请将 {address} 加入" in error.text.zh


def test_speaks_of_this_server_when_the_address_is_not_told() -> None:
    hint = errcodes.describe(60020, "something else").hint

    assert hint is not None
    assert "this server's address" in hint.en
    assert "本服务器出口 IP" in hint.zh


def test_says_which_permission_is_missing() -> None:
    hint = errcodes.error(48002, "api forbidden", endpoint="x").hint

    assert hint is not None
    assert "Customer Contact > API" in hint.en
    assert "可调用接口的应用" in hint.zh


def test_the_error_tells_endpoint_code_and_hint() -> None:
    error = errcodes.error(40001, "invalid credential", endpoint="gettoken")

    assert str(error).startswith(
        "gettoken: errcode 40001 invalid credential (copy the app's secret"
    )
    assert error.text.zh.startswith(
        "gettoken: errcode 40001 invalid credential（Secret 与企业不匹配"
    )
