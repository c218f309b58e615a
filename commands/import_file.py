"""Reads and checks the file of an import before anything is sent: all problems at once."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from errors import WeComError

LARGEST_BYTES = 20 * 1024 * 1024  # of an uploaded file (doc 90253)
_ENCODINGS = ("utf-8", "gb18030")
_MOST_SHOWN = 200
_LONGEST_NAME = 64
_MOST_DEPARTMENTS = 100
_ROOT = "1"
_HIGHEST_ID = 2**32 - 1

_USERID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
_MOBILE = re.compile(r"\+?[0-9][0-9 -]{4,31}")
_FORBIDDEN_IN_DEPARTMENTS = frozenset('\\:*?"<>|')

USERID, NAME, DEPARTMENTS, MOBILE, EMAIL = "帐号", "姓名", "部门", "手机", "邮箱"
PARTY_NAME, PARTY_ID, PARENT_ID, ORDER = "部门名称", "部门ID", "父部门ID", "排序"
_OTHER_SPELLINGS = {
    "账号": USERID,
    "userid": USERID,
    "所在部门": DEPARTMENTS,
    "手机号": MOBILE,
    "个人邮箱": EMAIL,
    "部门id": PARTY_ID,
    "父部门id": PARENT_ID,
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row: the line it begins on, and its cells by column."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class ImportFile:
    """A file that may be sent; lines: (line, userid or department id) of each row.

    content: what was checked and is sent, whatever becomes of the file meanwhile.
    """

    path: Path
    content: bytes = field(repr=False)
    encoding: str
    lines: tuple[tuple[int, str], ...]
    unknown_columns: tuple[str, ...]

    @property
    def keys(self) -> list[str]:
        """The userids or department ids, in order."""
        return [key for _, key in self.lines]


class ImportFileRefused(WeComError):
    """The file of an import is wrong; nothing was sent."""

    def __init__(self, path: Path, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        shown = list(self.problems[:_MOST_SHOWN])
        if len(self.problems) > len(shown):
            shown.append(f"... and {len(self.problems) - len(shown)} more")
        count = f"{len(self.problems)} problem" + ("s" if len(self.problems) > 1 else "")
        super().__init__("\n".join([f"{path}: {count}, nothing was sent", *shown]))


def read_members(path: Path) -> ImportFile:
    """Read a file in the shape of batch_user_sample.csv (成员模板, doc 90980).

    Raises ImportFileRefused with every problem and its line.
    """
    return _read(path, needed=(NAME, USERID), key=USERID, known=_MEMBER_COLUMNS, check=_members)


def read_departments(path: Path) -> ImportFile:
    """Read a file in the shape of batch_party_sample.csv (部门模板, doc 90982).

    Raises ImportFileRefused with every problem and its line.
    """
    return _read(
        path,
        needed=(PARTY_NAME, PARTY_ID, PARENT_ID),
        key=PARTY_ID,
        known=(PARTY_NAME, PARTY_ID, PARENT_ID, ORDER),
        check=_departments,
    )


def read_userids(path: Path) -> ImportFile:
    """Read a file of whom to invite: any columns, among them the userid."""
    return _read(path, needed=(USERID,), key=USERID, known=None, check=_userids)


def _read(
    path: Path,
    *,
    needed: Sequence[str],
    key: str,
    known: Sequence[str] | None,
    check: Callable[[Sequence[Row]], Iterator[str]],
) -> ImportFile:
    content = _content(path)
    text, encoding = _decoded(path, content)
    columns, rows, problems = _rows(path, text)
    missing = [each for each in needed if each not in columns]
    if missing:
        raise ImportFileRefused(
            path,
            [f"line 1: there is no column {', '.join(missing)}; the columns are the template's"],
        )
    twice = sorted({each for each in columns if each and columns.count(each) > 1})
    problems += [f"line 1, {each}: the column is there twice" for each in twice]
    if not rows and not problems:
        problems.append("line 2: there is no row")
    problems += check(rows)
    if problems:
        raise ImportFileRefused(path, sorted(problems, key=_line))
    return ImportFile(
        path=path,
        content=content,
        encoding=encoding,
        lines=tuple((row.line, row.cells[key]) for row in rows),
        unknown_columns=tuple(each for each in columns if known and each not in known),
    )


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise ImportFileRefused(path, [f"line 1: cannot be read: {error.strerror}"]) from error
    if len(content) > LARGEST_BYTES:
        raise ImportFileRefused(path, ["line 1: the file has more than 20 MB"])
    return content


def _decoded(path: Path, content: bytes) -> tuple[str, str]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ImportFileRefused(path, ["line 1: the encoding is UTF-16; save it as CSV UTF-8"])
    if content.startswith(b"PK\x03\x04"):
        raise ImportFileRefused(path, ["line 1: this is a spreadsheet; save it as CSV UTF-8"])
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        raise ImportFileRefused(path, [f"line {line}: holds a NUL, so it is no text"])
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding).removeprefix("\ufeff"), encoding
        except UnicodeDecodeError:
            continue
    raise ImportFileRefused(path, [f"line {_undecodable(content)}: neither UTF-8 nor GBK"])


def _undecodable(content: bytes) -> int:
    try:
        content.decode("gb18030")
    except UnicodeDecodeError as error:
        return content.count(b"\n", 0, error.start) + 1
    return 1


def _rows(path: Path, text: str) -> tuple[list[str], list[Row], list[str]]:
    """Return columns, rows and what is wrong with their shape; empty lines are left out."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns: list[str] = []
    rows, problems = list[Row](), list[str]()
    line = 1
    try:
        for cells in reader:
            begun, line = line, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = [_column(cell) for cell in cells]
                continue
            surplus = [cell for cell in cells[len(columns) :] if cell.strip()]
            if surplus:
                problems.append(f"line {begun}: {len(cells)} cells for {len(columns)} columns")
            stripped = [cell.strip() for cell in cells] + [""] * len(columns)
            rows.append(Row(line=begun, cells=dict(zip(columns, stripped, strict=False))))
    except csv.Error as error:
        raise ImportFileRefused(path, [f"line {line}: not CSV: {error}"]) from error
    if not columns:
        raise ImportFileRefused(path, ["line 1: the file is empty"])
    return columns, rows, problems


def _column(cell: str) -> str:
    name = cell.strip().lstrip("*")
    return _OTHER_SPELLINGS.get(name, _OTHER_SPELLINGS.get(name.lower(), name))


def _members(rows: Sequence[Row]) -> Iterator[str]:
    yield from _userids(rows)
    for row in rows:
        name = row.cells[NAME]
        if not name:
            yield f"line {row.line}, {NAME}: missing"
        elif len(name) > _LONGEST_NAME:
            yield f"line {row.line}, {NAME}: {len(name)} characters, at most {_LONGEST_NAME}"
        yield from _member_departments(row)
        mobile, email = row.cells.get(MOBILE, ""), row.cells.get(EMAIL, "")
        if mobile and not _MOBILE.fullmatch(mobile):
            yield f"line {row.line}, {MOBILE}: is no telephone number"
        if email and (email.count("@") != 1 or " " in email or not all(email.split("@"))):
            yield f"line {row.line}, {EMAIL}: is no e-mail address"


def _member_departments(row: Row) -> Iterator[str]:
    parties = [each.strip() for each in row.cells.get(DEPARTMENTS, "").split(";") if each.strip()]
    wrong = [each for each in parties if not _is_id(each)]
    if wrong:
        yield (
            f"line {row.line}, {DEPARTMENTS}: must be ids with ; between them"
            f" ({len(wrong)} of {len(parties)} are none)"
        )
    if len(parties) > _MOST_DEPARTMENTS:
        yield f"line {row.line}, {DEPARTMENTS}: at most {_MOST_DEPARTMENTS}"


def _userids(rows: Sequence[Row]) -> Iterator[str]:
    first: dict[str, int] = {}
    for row in rows:
        userid = row.cells[USERID]
        if not userid:
            yield f"line {row.line}, {USERID}: missing"
            continue
        if not _USERID.fullmatch(userid):
            yield (
                f"line {row.line}, {USERID}: 1 to 64 letters, digits and _-.@,"
                " the first a letter or digit"
            )
        begun = first.setdefault(userid.casefold(), row.line)
        if begun != row.line:
            yield f"line {row.line}, {USERID}: the same as in line {begun}"


def _departments(rows: Sequence[Row]) -> Iterator[str]:
    first: dict[str, int] = {}
    siblings: dict[tuple[str, str], int] = {}
    for row in rows:
        yield from _department(row)
        party = row.cells[PARTY_ID]
        begun = first.setdefault(party, row.line)
        if party and begun != row.line:
            yield f"line {row.line}, {PARTY_ID}: the same as in line {begun}"
        place = row.cells[PARENT_ID], row.cells[PARTY_NAME]
        begun = siblings.setdefault(place, row.line)
        if all(place) and begun != row.line:
            yield (
                f"line {row.line}, {PARTY_NAME}: the same name below the same parent"
                f" as in line {begun}"
            )
    yield from _circles(rows)


def _department(row: Row) -> Iterator[str]:
    name, party, parent = (row.cells[each] for each in (PARTY_NAME, PARTY_ID, PARENT_ID))
    order = row.cells.get(ORDER, "")
    if not name:
        yield f"line {row.line}, {PARTY_NAME}: missing"
    elif len(name) > _LONGEST_NAME:
        yield f"line {row.line}, {PARTY_NAME}: {len(name)} characters, at most {_LONGEST_NAME}"
    elif _FORBIDDEN_IN_DEPARTMENTS & set(name):
        yield f'line {row.line}, {PARTY_NAME}: must not hold \\ : * ? " < > |'
    if not _is_id(party):
        yield f"line {row.line}, {PARTY_ID}: must be a number above 0"
    if party == _ROOT:
        if parent not in {"", "0"}:
            yield f"line {row.line}, {PARENT_ID}: the root has the parent 0"
    elif not _is_id(parent):
        yield f"line {row.line}, {PARENT_ID}: must be a number above 0"
    if order and not (order.isascii() and order.isdigit() and int(order) <= _HIGHEST_ID):
        yield f"line {row.line}, {ORDER}: must be a number"


def _circles(rows: Sequence[Row]) -> Iterator[str]:
    """Tell which departments are below themselves; their parents may also be WeCom's alone."""
    parents = {row.cells[PARTY_ID]: row.cells[PARENT_ID] for row in rows}
    seen, in_circles = set[str](), set[str]()
    for row in rows:
        way, party = list[str](), row.cells[PARTY_ID]
        while party in parents and party not in seen and party != _ROOT:
            seen.add(party)
            way.append(party)
            party = parents[party]
        if party in way:
            in_circles.update(way[way.index(party) :])
    for row in rows:
        if row.cells[PARTY_ID] in in_circles:
            yield f"line {row.line}, {PARENT_ID}: the department would be below itself"


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text[:20]) <= _HIGHEST_ID


def _line(problem: str) -> int:
    number = re.match(r"line (\d+)", problem)
    return int(number[1]) if number else 0


_MEMBER_COLUMNS = (
    NAME,
    USERID,
    "别名",
    MOBILE,
    DEPARTMENTS,
    EMAIL,
    "企业邮箱",
    "职务",
    "职位",
    "性别",
    "座机",
    "地址",
    "排序",
    "微信号",
    "是否领导",
    "部门负责人",
    "直属上级",
    "激活状态",
    "禁用",
)
