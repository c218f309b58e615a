"""Files of imports: what is taken, and every way a file can be wrong, told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands.import_file import (
    ImportFile,
    ImportFileRefused,
    read_departments,
    read_members,
    read_userids,
)

MEMBERS = (
    "姓名,帐号,手机,邮箱,部门\n张三,zhangsan,+86 13800000000,z@example.com,1;2\n李四,lisi,,,2\n"
)
DEPARTMENTS = "部门名称,部门ID,父部门ID,排序\n总公司,1,0,\n销售部,2,1,100\n华东,3,2,\n"


def a_file(folder: Path, content: str | bytes) -> Path:
    path = folder / "members.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def problems_of(path: Path, read: object = read_members) -> list[str]:
    assert callable(read)
    with pytest.raises(ImportFileRefused) as refused:
        read(path)
    return [problem.told["en"] for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (MEMBERS.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + MEMBERS.encode(), "utf-8"),
        (MEMBERS.encode("gbk"), "gb18030"),
        (MEMBERS.replace("\n", "\r\n").encode("gbk"), "gb18030"),
        (MEMBERS.replace("帐号", "账号").replace("部门", "所在部门").encode(), "utf-8"),
    ],
)
def test_takes_the_template_in_the_encodings_people_save_it_in(
    tmp_path: Path, content: bytes, encoding: str
) -> None:
    file = read_members(a_file(tmp_path, content))

    assert file.lines == ((2, "zhangsan"), (3, "lisi"))
    assert (file.encoding, file.unknown_columns) == (encoding, ())


def test_takes_departments_with_their_root(tmp_path: Path) -> None:
    assert read_departments(a_file(tmp_path, DEPARTMENTS)).keys == ["1", "2", "3"]


def test_takes_a_parent_that_is_not_in_the_file(tmp_path: Path) -> None:
    file = read_departments(a_file(tmp_path, "部门名称,部门ID,父部门ID\n华东,30,20\n"))

    assert file.keys == ["30"]


def test_counts_lines_as_an_editor_does(tmp_path: Path) -> None:
    content = '姓名,帐号,地址\n"张,三",zhangsan,"一行\n两行"\n\n李四,lisi,\n,,\n王五,wangwu,\n'

    assert read_members(a_file(tmp_path, content)).lines == (
        (2, "zhangsan"),
        (5, "lisi"),
        (7, "wangwu"),
    )


def test_passes_columns_of_the_company_on_and_names_them(tmp_path: Path) -> None:
    file = read_members(a_file(tmp_path, "姓名,帐号,工号\n张三,zhangsan,7\n"))

    assert file.unknown_columns == ("工号",)


def test_tells_all_problems_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    content = (
        "姓名,帐号,手机,邮箱,部门\n"
        ",zhangsan,,,1\n"
        "李四,,,,\n"
        "王五,wang wu,12,x@,销售部;2\n"
        "赵六,ZhangSan,,,\n"
        f"{'长' * 65},zhao,,,{';'.join(['1'] * 101)}\n"
        "多,duo,,,,,surplus\n"
    )

    assert problems_of(a_file(tmp_path, content)) == [
        "line 2, 姓名: missing",
        "line 3, 帐号: missing",
        "line 4, 帐号: 1 to 64 letters, digits and _-.@, the first a letter or digit",
        "line 4, 部门: must be ids with ; between them (1 of 2 are none)",
        "line 4, 手机: is no telephone number",
        "line 4, 邮箱: is no e-mail address",
        "line 5, 帐号: the same as in line 2",
        "line 6, 姓名: 65 characters, at most 64",
        "line 6, 部门: at most 100",
        "line 7: 7 cells for 5 columns",
    ]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (",2,1,", "line 3, 部门名称: missing"),
        ("a:b,2,1,", 'line 3, 部门名称: must not hold \\ : * ? " < > |'),
        ("销售,x,1,", "line 3, 部门ID: must be a number above 0"),
        ("销售,0,1,", "line 3, 部门ID: must be a number above 0"),
        ("销售,٣,1,", "line 3, 部门ID: must be a number above 0"),
        ("销售,4294967296,1,", "line 3, 部门ID: must be a number above 0"),
        ("销售,2,,", "line 3, 父部门ID: must be a number above 0"),
        ("销售,2,-1,", "line 3, 父部门ID: must be a number above 0"),
        ("销售,2,1,first", "line 3, 排序: must be a number"),
        ("销售,1,1,", "line 3, 部门ID: the same as in line 2"),
        ("销售,2,2,", "line 3, 父部门ID: the department would be below itself"),
    ],
)
def test_tells_what_is_wrong_with_a_department(tmp_path: Path, row: str, problem: str) -> None:
    content = f"部门名称,部门ID,父部门ID,排序\n总公司,1,0,\n{row}\n"

    assert problem in problems_of(a_file(tmp_path, content), read_departments)


def test_tells_who_stands_in_a_circle_and_not_who_is_below_it(tmp_path: Path) -> None:
    content = "部门名称,部门ID,父部门ID\n甲,2,3\n乙,3,4\n丙,4,2\n丁,5,2\n"

    assert problems_of(a_file(tmp_path, content), read_departments) == [
        f"line {line}, 父部门ID: the department would be below itself" for line in (2, 3, 4)
    ]


def test_tells_siblings_of_one_name(tmp_path: Path) -> None:
    content = "部门名称,部门ID,父部门ID\n销售,2,1\n销售,3,1\n销售,4,2\n"

    assert problems_of(a_file(tmp_path, content), read_departments) == [
        "line 3, 部门名称: the same name below the same parent as in line 2"
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "line 1: the file is empty"),
        (b"\n\n,,\n", "line 1: the file is empty"),
        (b"\xef\xbb\xbf", "line 1: the file is empty"),
        (
            "姓名\n张三\n".encode(),
            "line 1: there is no column 帐号; the columns are the template's",
        ),
        ("姓名,帐号\n".encode(), "line 2: there is no row"),
        ("姓名,帐号,帐号\n张三,a,b\n".encode(), "line 1, 帐号: the column is there twice"),
        ("姓名,帐号\n张三,a\0b\n".encode(), "line 2: holds a NUL, so it is no text"),
        ("姓名,帐号\n张三,zhangsan\n".encode("utf-16"), "line 1: the encoding is UTF-16"),
        (b"PK\x03\x04" + bytes(100), "line 1: this is a spreadsheet; save it as CSV UTF-8"),
        ("姓名,帐号\n张三,".encode() + b"\xff\xff\n", "line 2: neither UTF-8 nor GBK"),
        ('姓名,帐号\n张三,"zhangsan\n'.encode(), "line 2: not CSV: unexpected end of data"),
        ('姓名,帐号\n张三,"zhang"san\n'.encode(), "line 2: not CSV: ',' expected after '\"'"),
        (
            "姓名,帐号\n".encode() + b"x" * 200_000 + b",a\n",
            "line 2: not CSV: field larger than field limit (131072)",
        ),
        ("姓名;帐号\n张三;zhangsan\n".encode(), "line 1: there is no column 姓名, 帐号"),
    ],
)
def test_refuses_what_is_no_such_file(tmp_path: Path, content: bytes, problem: str) -> None:
    (told,) = problems_of(a_file(tmp_path, content))

    assert told.startswith(problem)


def test_refuses_a_file_that_is_too_large_or_not_there(tmp_path: Path) -> None:
    large = a_file(tmp_path, b"")
    with large.open("wb") as file:
        file.truncate(20 * 1024 * 1024 + 1)

    assert problems_of(large) == ["line 1: the file has more than 20 MB"]
    assert problems_of(tmp_path / "none.csv") == [
        "line 1: cannot be read: No such file or directory"
    ]


def test_the_message_names_the_file_and_stops_at_some_length(tmp_path: Path) -> None:
    content = "姓名,帐号\n" + ",a b\n" * 300

    with pytest.raises(ImportFileRefused) as refused:
        read_members(a_file(tmp_path, content))

    told = str(refused.value).splitlines()
    assert told[0].endswith("members.csv: 899 problems, nothing was sent")
    assert told[-1] == "... and 699 more"


def test_every_problem_is_told_in_chinese_too(tmp_path: Path) -> None:
    content = "姓名,帐号,部门\n,zhangsan,销售部\n李四,ZhangSan,1\n王五,wangwu,1,,多\n"

    with pytest.raises(ImportFileRefused) as refused:
        read_members(a_file(tmp_path, content))

    head, *problems = refused.value.told["zh"].splitlines()
    assert head.endswith("members.csv: 4 处问题，没有提交任何内容")
    assert problems == [
        "第 2 行，姓名: 未填写",
        "第 2 行，部门: 应为以 ; 分隔的部门 ID（1 个中有 1 个不是）",
        "第 3 行，帐号: 与第 2 行相同",
        "第 4 行: 5 个单元格，但只有 3 列",
    ]


def test_whom_to_invite_needs_no_other_column(tmp_path: Path) -> None:
    file: ImportFile = read_userids(a_file(tmp_path, "帐号\nzhangsan\nlisi\n"))

    assert (file.keys, file.unknown_columns) == (["zhangsan", "lisi"], ())


def test_a_circle_behind_a_long_way_costs_no_square(tmp_path: Path) -> None:
    rows = [f"部门{each},{each},{each + 1}" for each in range(2, 40_000)]
    rows.append("部门末,40000,39999")

    told = problems_of(
        a_file(tmp_path, "\n".join(["部门名称,部门ID,父部门ID", *rows])), read_departments
    )

    assert len(told) == 2
