"""What pydantic, tomllib and the system say of a file, and the same in Chinese."""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping
from typing import Any

from language import Mistake, Text

# By pydantic's name of the error; the places are filled in from its context.
_VALUES: Mapping[str, str] = {
    "bool_parsing": "应为 true 或 false",
    "bool_type": "应为 true 或 false",
    "finite_number": "应为整数",
    "float_parsing": "应为数字",
    "float_type": "应为数字",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "int_from_float": "应为整数",
    "int_parsing": "应为整数",
    "int_parsing_size": "这个数太大",
    "int_type": "应为整数",
    "less_than_equal": "不能大于 {le}",
    "literal_error": "应为 {expected} 之一",
    "model_type": "应为一个表，如 {{ 键 = 值 }}",
    "string_pattern_mismatch": "不符合格式 {pattern}",
    "string_too_long": "最多 {max_length} 个字符",
    "string_too_short": "至少 {min_length} 个字符",
    "string_type": "应为文本，写在引号里",
    "too_long": "最多 {max_length} 项，现有 {actual_length} 项",
    "too_short": "至少 {min_length} 项",
    "value_error": "这个值无法使用",
}
# By what the sentence of tomllib, or of Python, begins with; the rest of it are signs of the file.
_SYNTAX: Mapping[str, str] = {
    "Cannot declare": "同一个表或键声明了两次",
    "Cannot mutate immutable namespace": "写在 {} 里的表不能再添加内容",
    "Cannot overwrite a value": "同一个键写了两次",
    "Cannot redefine namespace": "同一个表声明了两次",
    "Duplicate inline table key": "同一个键写了两次",
    "Escaped character is not": "反斜杠后面的字符代码无效",
    "Exceeds the limit": "数字太长",
    "Expected '=' after a key": "键的后面缺少 =",
    "Expected ']' at the end": "表名的后面缺少 ]",
    "Expected ']]' at the end": "表名的后面缺少 ]]",
    "Expected newline or end": "这里应当换行，后面有多余的内容",
    "Expected": "缺少引号等成对的符号",
    "Found invalid character": "有不允许出现的控制字符",
    "Illegal character": "字符串里有不允许的字符；多行文本请用三个引号",
    "Invalid date or datetime": "日期或时间有误",
    "Invalid hex value": "反斜杠后面的字符代码无效",
    "Invalid initial character": "键名的写法有误",
    "Invalid statement": "这一行的写法有误",
    "Invalid value": "值的写法有误，文本要写在引号里",
    "Unclosed array": "数组缺少 ]",
    "Unclosed inline table": "缺少 }",
    "Unescaped '\\'": "反斜杠后面的字符有误；要写反斜杠本身请写两个",
    "Unterminated string": "字符串缺少结束的引号",
    "maximum recursion depth": "嵌套过深",
}
_FAULTS: Mapping[int, str] = {
    errno.EACCES: "没有权限",
    errno.EADDRINUSE: "地址已被占用",
    errno.EADDRNOTAVAIL: "本机没有这个地址",
    errno.EEXIST: "已经存在",
    errno.EISDIR: "这是一个目录",
    errno.ENOENT: "没有这个文件或目录",
    errno.ENOSPC: "磁盘空间不足",
    errno.ENOTDIR: "路径中有一段不是目录",
    errno.EPERM: "不允许此操作",
    errno.EROFS: "文件系统只读",
}
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_WIDE = frozenset("“”‘’，：；＝＂＇［］｛｝【】　")  # as Chinese keyboards write them


def reason(found: Any, *, brackets: str = "") -> Text:  # noqa: ANN401 - pydantic's record
    """Return why a value was refused; brackets: the kind of table that they are missing around."""
    match found["type"]:
        case "tuple_type" if brackets:
            return Text(
                en=f"must be a list; write [[{brackets}]], in two brackets",
                zh=f"应为列表，请写成 [[{brackets}]]，两层方括号",
            )
        case "tuple_type":
            return Text(en="must be a list", zh="应为列表，如 [甲, 乙]")
        case "extra_forbidden":
            return Text(
                en="there is no such key; remove it or mend its spelling",
                zh="没有这个键，请删除或改正拼写",
            )
        case "missing":
            return Text(en="missing; add it", zh="缺少此项，请补上")
    context = found.get("ctx", {})
    if isinstance(mistake := context.get("error"), Mistake):
        return mistake.text
    chosen = str(context.get("expected", "")).replace(" or ", ", ")
    chinese = _VALUES.get(found["type"], found["msg"])
    return Text(en=found["msg"], zh=chinese.format(**context | {"expected": chosen}))


def fault(error: OSError) -> Text:
    """Return what the system refused to do."""
    english = error.strerror or type(error).__name__
    return Text(en=english, zh=_FAULTS.get(error.errno or 0, english))


def unreadable(error: OSError | UnicodeDecodeError) -> Text:
    """Return why there is nothing to read: a refusal, or another encoding, such as GBK."""
    if isinstance(error, OSError):
        return Text(en="cannot be read: ", zh="无法读取: ") + fault(error)
    return Text(
        en="is not UTF-8; save it as UTF-8 in your editor",
        zh="不是 UTF-8 编码，请在编辑器中另存为 UTF-8",
    )


def syntax(error: Exception, source: str) -> tuple[Text, int | None]:
    """Return why a file is not TOML, and the line."""
    said = _PLACE.sub("", str(error))
    place = _PLACE.search(str(error))
    line, column = (int(place[1]), int(place[2])) if place and place[1] else (None, None)
    chinese = next((zh for en, zh in _SYNTAX.items() if said.startswith(en)), said)
    text = Text(en=f"not valid TOML: {error}", zh=f"不是有效的 TOML: {chinese}")
    if line is None or column is None:
        return text + Text(en="", zh="（在文件末尾）" if place else ""), None
    text += Text(en="", zh=f"（第 {line} 行第 {column} 列）")
    sign = source.split("\n")[line - 1][column - 1 : column]
    if sign in _WIDE:
        text += Text(
            en=f"; {sign} is a full-width sign, write a half-width one",
            zh=f"；{sign} 是全角符号，请改用半角（英文）符号",
        )
    return text, line
