"""What the fields of a member may hold (doc 90195), in calls and in imported files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from errors import CallRefused
from simulator.corp import Corp
from simulator.known_as import known_as
from simulator.records import Member

MOST_DEPARTMENTS = 100
_USERID = re.compile(r"[0-9a-zA-Z][0-9a-zA-Z_.@-]{0,63}", re.ASCII)
_MOBILE = re.compile(r"\+?[0-9 -]{5,32}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]{1,57}@[^@\s]{1,60}\.[^@\s]{1,60}")
_TELEPHONE = re.compile(r"[0-9,+-]{1,32}", re.ASCII)
_MOST_EMAIL_BYTES = 64
_NAME_CHARACTERS, _POSITION_CHARACTERS, _ALIAS_CHARACTERS, _ADDRESS_CHARACTERS = 64, 128, 64, 128
_GENDERS = {"": 0, "0": 0, "1": 1, "2": 2}
_UNIQUE = {"mobile": 60104, "email": 60106, "biz_mail": 60106}


def check_userid(value: object) -> str:
    """Return a userid of 1 to 64 letters, digits and `_-@.`. Raises CallRefused."""
    if not isinstance(value, str) or not _USERID.fullmatch(value):
        raise CallRefused(40003)
    return value


def read_fields(corp: Corp, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields given, each checked for itself. Raises CallRefused."""
    given = {
        name: check(corp, params[name])
        for name, check in _CHECKS.items()
        if params.get(name) is not None
    }
    _check_lengths(given)
    return given


def check_unique(corp: Corp, given: Mapping[str, Any], userid: str) -> None:
    """Refuse a mobile or an e-mail that another member has. Raises CallRefused."""
    for name, taken in _UNIQUE.items():
        value = given.get(name)
        owner = known_as(corp, name, value) if value else None
        if owner is not None and owner.userid != userid:
            raise CallRefused(taken)


def new_member_of(userid: str, given: Mapping[str, Any], status: int) -> Member:
    """Return the member with these fields; without a department, one of the whole corp."""
    return Member(
        **{"userid": userid, "name": userid, "department": [1], "status": status, **given}
    )


def _check_lengths(given: Mapping[str, Any]) -> None:
    leaders, departments = given.get("is_leader_in_dept"), given.get("department")
    if leaders and departments is not None and len(leaders) != len(departments):
        raise CallRefused(60132)
    order = given.get("order")
    if order and departments is not None and len(order) != len(departments):
        raise CallRefused(40058)
    main = given.get("main_department")
    if main and departments is not None and main not in departments:
        raise CallRefused(40058)


def _text(most: int, refused: int, *, empty: bool = True) -> Callable[[Corp, object], str]:
    def check(_corp: Corp, value: object) -> str:
        if not isinstance(value, str) or len(value) > most or not (value or empty):
            raise CallRefused(refused)
        return value

    return check


def _pattern(pattern: re.Pattern[str], refused: int) -> Callable[[Corp, object], str]:
    def check(_corp: Corp, value: object) -> str:
        if not isinstance(value, str) or (value and not pattern.fullmatch(value)):
            raise CallRefused(refused)
        return value

    return check


def _email(_corp: Corp, value: object) -> str:
    if not isinstance(value, str) or len(value.encode()) > _MOST_EMAIL_BYTES:
        raise CallRefused(60105)
    if value and not _EMAIL.fullmatch(value):
        raise CallRefused(60105)
    return value


def _departments(corp: Corp, value: object) -> list[int]:
    numbers = _numbers(value, 40066)
    if not numbers:
        raise CallRefused(40066)
    if len(numbers) > MOST_DEPARTMENTS:
        raise CallRefused(60110)
    if not all(each in corp.departments for each in numbers):
        raise CallRefused(60003)
    return numbers


def _main_department(corp: Corp, value: object) -> int:
    [number] = _numbers([value], 40058)
    if number not in corp.departments:
        raise CallRefused(60003)
    return number


def _numbers(value: object, refused: int) -> list[int]:
    if not isinstance(value, list) or not all(type(each) is int and each >= 0 for each in value):
        raise CallRefused(refused)
    return value


def _order(_corp: Corp, value: object) -> list[int]:
    return _numbers(value, 40058)


def _leader_flags(_corp: Corp, value: object) -> list[int]:
    flags = _numbers(value, 40058)
    if not set(flags) <= {0, 1}:
        raise CallRefused(40058)
    return flags


def _leaders(corp: Corp, value: object) -> list[str]:
    if not isinstance(value, list) or len(value) > 1:
        raise CallRefused(40058)
    if not all(isinstance(each, str) and each in corp.members for each in value):
        raise CallRefused(60111)
    return value


def _gender(_corp: Corp, value: object) -> int:
    if str(value) not in _GENDERS:
        raise CallRefused(40058)
    return _GENDERS[str(value)]


def _mapping(_corp: Corp, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CallRefused(40058)
    return value


_CHECKS: dict[str, Callable[[Corp, object], Any]] = {
    "name": _text(_NAME_CHARACTERS, 60112, empty=False),
    "department": _departments,
    "main_department": _main_department,
    "order": _order,
    "is_leader_in_dept": _leader_flags,
    "direct_leader": _leaders,
    "mobile": _pattern(_MOBILE, 60103),
    "email": _email,
    "biz_mail": _email,
    "telephone": _pattern(_TELEPHONE, 60141),
    "position": _text(_POSITION_CHARACTERS, 40058),
    "alias": _text(_ALIAS_CHARACTERS, 40058),
    "address": _text(_ADDRESS_CHARACTERS, 40058),
    "external_position": _text(12, 40058),
    "gender": _gender,
    "extattr": _mapping,
    "external_profile": _mapping,
}
