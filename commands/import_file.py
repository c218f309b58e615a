"""Reads and checks the file of an import before anything is sent: all problems at once."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path

from errors import WeComError
from language import Text

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
_MISSING = Text(en="missing", zh="未填写")
_NO_TELEPHONE = Text(en="is no telephone number", zh="不是电话号码")
_NO_EMAIL = Text(en="is no e-mail address", zh="不是邮箱地址")
_NO_USERID = Text(
    en="1 to 64 letters, digits and _-.@, the first a letter or digit",
    zh="应为 1 到 64 个字母、数字和 _-.@，首字符为字母或数字",
)
_NO_NUMBER = Text(en="must be a number", zh="应为数字")
_NO_ID = Text(en="must be a number above 0", zh="应为大于 0 的数字")
_FORBIDDEN = Text(en='must not hold \\ : * ? " < > |', zh='不能含有 \\ : * ? " < > |')
_ROOT_HAS_A_PARENT = Text(en="the root has the parent 0", zh="根部门的父部门为 0")
_CIRCLE = Text(en="the department would be below itself", zh="该部门会成为自己的下级")
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


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong on one line; column: where it is about one."""

    line: int
    what: Text
    column: str = ""

    @property
    def told(self) -> Text:
        """What is wrong, with its place."""
        place = Text(en=f"line {self.line}", zh=f"第 {self.line} 行")
        if self.column:
            place += Text(en=", ", zh="，") + self.column
        return place + ": " + self.what


class ImportFileRefused(WeComError):
    """The file of an import is wrong; nothing was sent."""

    def __init__(self, path: Path, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        told = f"{path}: " + Text(
            en=f"{count} problem{'s' if count > 1 else ''}, nothing was sent",
            zh=f"{count} 处问题，没有提交任何内容",
        )
        for problem in self.problems[:_MOST_SHOWN]:
            told += "\n" + problem.told
        if count > _MOST_SHOWN:
            left = count - _MOST_SHOWN
            told += "\n" + Text(en=f"... and {left} more", zh=f"……另有 {left} 处")
        self.told = told
        super().__init__(told["en"])


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
    check: Callable[[Sequence[Row]], Iterator[Problem]],
) -> ImportFile:
    content = _content(path)
    text, encoding = _decoded(path, content)
    columns, rows, problems = _rows(path, text)
    missing = [each for each in needed if each not in columns]
    if missing:
        names = ", ".join(missing)
        what = Text(
            en=f"there is no column {names}; the columns are the template's",
            zh=f"缺少列 {names}；列名须与模板一致",
        )
        raise ImportFileRefused(path, [Problem(line=1, what=what)])
    twice = sorted({each for each in columns if each and columns.count(each) > 1})
    problems += [
        Problem(line=1, column=each, what=Text(en="the column is there twice", zh="该列重复出现"))
        for each in twice
    ]
    if not rows and not problems:
        problems.append(Problem(line=2, what=Text(en="there is no row", zh="没有数据行")))
    problems += check(rows)
    if problems:
        raise ImportFileRefused(path, sorted(problems, key=attrgetter("line")))
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
        what = Text(en="cannot be read: ", zh="无法读取: ") + str(error.strerror)
        raise ImportFileRefused(path, [Problem(line=1, what=what)]) from error
    if len(content) > LARGEST_BYTES:
        what = Text(en="the file has more than 20 MB", zh="文件超过 20 MB")
        raise ImportFileRefused(path, [Problem(line=1, what=what)])
    return content


def _decoded(path: Path, content: bytes) -> tuple[str, str]:
    if problem := _no_text(content):
        raise ImportFileRefused(path, [problem])
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding).removeprefix("\ufeff"), encoding
        except UnicodeDecodeError:
            continue
    what = Text(en="neither UTF-8 nor GBK", zh="既不是 UTF-8 也不是 GBK")
    raise ImportFileRefused(path, [Problem(line=_undecodable(content), what=what)])


def _no_text(content: bytes) -> Problem | None:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        what = Text(
            en="the encoding is UTF-16; save it as CSV UTF-8",
            zh="编码是 UTF-16，请另存为 CSV UTF-8",
        )
        return Problem(line=1, what=what)
    if content.startswith(b"PK\x03\x04"):
        what = Text(
            en="this is a spreadsheet; save it as CSV UTF-8",
            zh="这是电子表格文件，请另存为 CSV UTF-8",
        )
        return Problem(line=1, what=what)
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        what = Text(en="holds a NUL, so it is no text", zh="含有 NUL 字符，不是文本")
        return Problem(line=line, what=what)
    return None


def _undecodable(content: bytes) -> int:
    try:
        content.decode("gb18030")
    except UnicodeDecodeError as error:
        return content.count(b"\n", 0, error.start) + 1
    return 1


def _rows(path: Path, text: str) -> tuple[list[str], list[Row], list[Problem]]:
    """Return columns, rows and what is wrong with their shape; empty lines are left out."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns: list[str] = []
    rows, problems = list[Row](), list[Problem]()
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
                what = Text(
                    en=f"{len(cells)} cells for {len(columns)} columns",
                    zh=f"{len(cells)} 个单元格，但只有 {len(columns)} 列",
                )
                problems.append(Problem(line=begun, what=what))
            stripped = [cell.strip() for cell in cells] + [""] * len(columns)
            rows.append(Row(line=begun, cells=dict(zip(columns, stripped, strict=False))))
    except csv.Error as error:
        what = Text(en="not CSV: ", zh="不是 CSV: ") + str(error)
        raise ImportFileRefused(path, [Problem(line=line, what=what)]) from error
    if not columns:
        what = Text(en="the file is empty", zh="文件是空的")
        raise ImportFileRefused(path, [Problem(line=1, what=what)])
    return columns, rows, problems


def _column(cell: str) -> str:
    name = cell.strip().lstrip("*")
    return _OTHER_SPELLINGS.get(name, _OTHER_SPELLINGS.get(name.lower(), name))


def _members(rows: Sequence[Row]) -> Iterator[Problem]:
    yield from _userids(rows)
    for row in rows:
        name = row.cells[NAME]
        if not name:
            yield Problem(line=row.line, column=NAME, what=_MISSING)
        elif len(name) > _LONGEST_NAME:
            yield Problem(line=row.line, column=NAME, what=_too_long(name))
        yield from _member_departments(row)
        mobile, email = row.cells.get(MOBILE, ""), row.cells.get(EMAIL, "")
        if mobile and not _MOBILE.fullmatch(mobile):
            yield Problem(line=row.line, column=MOBILE, what=_NO_TELEPHONE)
        if email and (email.count("@") != 1 or " " in email or not all(email.split("@"))):
            yield Problem(line=row.line, column=EMAIL, what=_NO_EMAIL)


def _member_departments(row: Row) -> Iterator[Problem]:
    parties = [each.strip() for each in row.cells.get(DEPARTMENTS, "").split(";") if each.strip()]
    wrong = [each for each in parties if not _is_id(each)]
    if wrong:
        what = Text(
            en=f"must be ids with ; between them ({len(wrong)} of {len(parties)} are none)",
            zh=f"应为以 ; 分隔的部门 ID（{len(parties)} 个中有 {len(wrong)} 个不是）",
        )
        yield Problem(line=row.line, column=DEPARTMENTS, what=what)
    if len(parties) > _MOST_DEPARTMENTS:
        what = Text(en=f"at most {_MOST_DEPARTMENTS}", zh=f"最多 {_MOST_DEPARTMENTS} 个")
        yield Problem(line=row.line, column=DEPARTMENTS, what=what)


def _userids(rows: Sequence[Row]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for row in rows:
        userid = row.cells[USERID]
        if not userid:
            yield Problem(line=row.line, column=USERID, what=_MISSING)
            continue
        if not _USERID.fullmatch(userid):
            yield Problem(line=row.line, column=USERID, what=_NO_USERID)
        begun = first.setdefault(userid.casefold(), row.line)
        if begun != row.line:
            yield Problem(line=row.line, column=USERID, what=_same_as(begun))


def _departments(rows: Sequence[Row]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    siblings: dict[tuple[str, str], int] = {}
    for row in rows:
        yield from _department(row)
        party = row.cells[PARTY_ID]
        begun = first.setdefault(party, row.line)
        if party and begun != row.line:
            yield Problem(line=row.line, column=PARTY_ID, what=_same_as(begun))
        place = row.cells[PARENT_ID], row.cells[PARTY_NAME]
        begun = siblings.setdefault(place, row.line)
        if all(place) and begun != row.line:
            what = Text(
                en=f"the same name below the same parent as in line {begun}",
                zh=f"与第 {begun} 行在同一父部门下重名",
            )
            yield Problem(line=row.line, column=PARTY_NAME, what=what)
    yield from _circles(rows)


def _department(row: Row) -> Iterator[Problem]:
    name, party, parent = (row.cells[each] for each in (PARTY_NAME, PARTY_ID, PARENT_ID))
    order = row.cells.get(ORDER, "")
    if not name:
        yield Problem(line=row.line, column=PARTY_NAME, what=_MISSING)
    elif len(name) > _LONGEST_NAME:
        yield Problem(line=row.line, column=PARTY_NAME, what=_too_long(name))
    elif _FORBIDDEN_IN_DEPARTMENTS & set(name):
        yield Problem(line=row.line, column=PARTY_NAME, what=_FORBIDDEN)
    if not _is_id(party):
        yield Problem(line=row.line, column=PARTY_ID, what=_NO_ID)
    if party == _ROOT:
        if parent not in {"", "0"}:
            yield Problem(line=row.line, column=PARENT_ID, what=_ROOT_HAS_A_PARENT)
    elif not _is_id(parent):
        yield Problem(line=row.line, column=PARENT_ID, what=_NO_ID)
    if order and not (order.isascii() and order.isdigit() and int(order) <= _HIGHEST_ID):
        yield Problem(line=row.line, column=ORDER, what=_NO_NUMBER)


def _circles(rows: Sequence[Row]) -> Iterator[Problem]:
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
            yield Problem(line=row.line, column=PARENT_ID, what=_CIRCLE)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text[:20]) <= _HIGHEST_ID


def _too_long(name: str) -> Text:
    return Text(
        en=f"{len(name)} characters, at most {_LONGEST_NAME}",
        zh=f"有 {len(name)} 个字符，最多 {_LONGEST_NAME} 个",
    )


def _same_as(line: int) -> Text:
    return Text(en=f"the same as in line {line}", zh=f"与第 {line} 行相同")


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
