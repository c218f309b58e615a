from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import get_args

import pytest
from handler_context import NOW, Stage, rules_of, welcome_text

from errors import ConfigurationError
from events import Event, ExternalContactAdded
from factories import (
    a_batch_job_finished,
    a_half_external_contact_added,
    an_external_contact_added,
)
from handlers import Rules, read_rules
from handlers.rules import Rule, RulesDocument, TagRule, file_problems, parse_rules
from handlers.tagging import tags_wanted
from handlers.templates import EVENT_FACTS

SPRING = an_external_contact_added(userid="zhangsan", state="spring-2026")


def tags(rules: Rules, app: str, event: Event, now: datetime) -> list[str]:
    """Return the names of the tags a new customer gets."""
    stage = Stage(now=now)
    ctx = replace(stage.context(app=app), rules=rules)
    added = event if isinstance(event, ExternalContactAdded) else None
    assert added is not None
    return tags_wanted(added, ctx)[0]


def quoted(values: list[str]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"


def refusal(tmp_path: Path, text: str) -> str:
    """Return what is said of a wrong file, without its name."""
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        read_rules(path)
    sentence = str(refused.value)
    assert sentence.startswith(f"{path}: ")
    assert "\n" not in sentence
    return sentence.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("condition", "matches"),
    [
        ("", True),
        ('app = "contacts"', True),
        ('app = "other"', False),
        ('app = ["other", "contacts"]', True),
        ('app = "CONTACTS"', False),
        ('state = "spring-2026"', True),
        ('state = "spring-*"', True),
        ('state = "spring-202?"', True),
        ('state = "spring-202[5-6]"', True),
        ('state = "autumn-*"', False),
        ('state = ["autumn-*", "*2026"]', True),
        ('state = ""', False),
        ('state = "spring"', False),
        ("state = []", False),
        ('userid = "zhang*"', True),
        ('userid = ["lisi", "wangwu"]', False),
        ('app = "contacts"\nstate = "spring-*"\nuserid = "zhangsan"', True),
        ('app = "contacts"\nstate = "spring-*"\nuserid = "lisi"', False),
    ],
)
def test_a_rule_wants_what_meets_all_its_conditions(condition: str, *, matches: bool) -> None:
    rules = rules_of(f'[[welcome]]\ntext = "hello"\n{condition}')

    assert (welcome_text(rules, "contacts", SPRING, NOW) == "hello") is matches


def test_an_empty_state_is_a_condition_of_its_own() -> None:
    rules = rules_of('[[welcome]]\ntext = "hello"\nstate = ""')

    assert welcome_text(rules, "contacts", an_external_contact_added(state=""), NOW) == "hello"


def test_an_event_without_states_has_the_empty_one() -> None:
    rules = rules_of('[[tag]]\nadd = "a/b"\nstate = ""')
    facts = rules.facts("contacts", "ww1", a_batch_job_finished(), NOW)

    assert rules.first(TagRule, facts) is not None


def test_the_first_welcome_that_matches_wins() -> None:
    rules = rules_of(
        """
        [[welcome]]
        state = "autumn-*"
        text = "autumn"
        [[welcome]]
        state = "spring-*"
        text = "spring"
        [[welcome]]
        text = "default"
        """
    )

    assert welcome_text(rules, "contacts", SPRING, NOW) == "spring"
    assert welcome_text(rules, "contacts", an_external_contact_added(), NOW) == "default"
    assert welcome_text(rules, "contacts", a_half_external_contact_added(), NOW) == "default"


@pytest.mark.parametrize("rules", [Rules(), rules_of(""), rules_of('[[tag]]\nadd = "a/b"')])
def test_without_a_welcome_that_matches_there_is_none(rules: Rules) -> None:
    assert welcome_text(rules, "contacts", SPRING, NOW) is None


def test_every_tag_rule_that_matches_adds_its_tags_once_and_in_order() -> None:
    rules = rules_of(
        """
        [[tag]]
        add = ["source/spring", "month/2026-03"]
        [[tag]]
        state = "autumn-*"
        add = "source/autumn"
        [[tag]]
        app = "contacts"
        add = ["vip/yes", "source/spring"]
        """
    )

    assert tags(rules, "contacts", SPRING, NOW) == ["source/spring", "month/2026-03", "vip/yes"]


def test_fills_in_what_it_knows_of_the_event() -> None:
    rules = rules_of(
        '[[welcome]]\ntext = "{{ event.state }}/{{ event.userid }}/{{ event.corpid }}"'
    )

    assert welcome_text(rules, "contacts", SPRING, NOW) == "spring-2026/zhangsan/ww1234567890abcdef"


def test_fills_in_the_time_of_its_own_zone() -> None:
    text = "[[tag]]\nadd = \"at/{{ now.strftime('%d %H:%M') }}\""
    event = an_external_contact_added(create_time=int(NOW.timestamp()))

    assert tags(rules_of(text), "contacts", event, NOW) == ["at/02 17:30"]
    assert tags(rules_of('timezone = "UTC"\n' + text), "contacts", event, NOW) == ["at/02 09:30"]


def test_leaves_characters_alone_that_html_would_escape() -> None:
    rules = rules_of("[[welcome]]\ntext = \"<a> & 'b' {{ event.state }}\"")

    state = an_external_contact_added(state='<"&">')

    assert welcome_text(rules, "contacts", state, NOW) == "<a> & 'b' <\"&\">"


def test_what_a_customer_brings_is_never_a_template() -> None:
    rules = rules_of('[[welcome]]\ntext = "{{ event.state }}"')

    state = an_external_contact_added(state="{{ 7 * 7 }}{% raw %}")

    assert welcome_text(rules, "contacts", state, NOW) == "{{ 7 * 7 }}{% raw %}"


def test_never_lets_a_template_see_the_welcome_code(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, '[[welcome]]\ntext = "{{ event.welcome_code }}"')

    assert sentence == (
        "[[welcome]] number 1: text: uses event.welcome_code, an event has:"
        f" {', '.join(EVENT_FACTS)}"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{{ nobody.name }}", "uses nobody, known are: customer, event, now, staff"),
        ("{{ open('/etc/passwd').read() }}", "uses open, known are: customer, event"),
        ("{{ config }} {{ request }}", "uses config, request, known are: customer, event"),
        ("{{ self }}", "uses self, known are: customer, event"),
        ("{{ range(9) }}", "uses range, known are: customer, event"),
        ("{{ cycler.__init__.__globals__.os }}", "uses cycler, known are: customer, event"),
        ("{{ event.__class__ }}", "uses event.__class__, an event has: name,"),
        ("{{ event.update({'a': 1}) }}", "uses event.update, an event has: name,"),
        ("{{ event.sate }}", "uses event.sate, an event has: name,"),
        ("{{ customer.mobile }}", "uses customer.mobile, customer has: name,"),
        ("{{ staff.__init__ }}", "uses staff.__init__, staff has: name,"),
        ("{{ now.__class__ }}", "uses now.__class__, now has: year,"),
        ("{{ event }}", "must name a fact, as event.name"),
        ("{{ customer or staff }}", "must name a fact, as "),
        ("{{ event['__class__'] }}", "may not contain Getitem"),
        ("{{ event['welcome_code'] }}", "may not contain Getitem"),
        ("{{ (event.state | attr('__class__')) }}", "may not use the filter attr"),
        ("{{ ''.__class__.__mro__ }}", "may not look into a value"),
        ("{{ ().__class__.__bases__[0] }}", "may not look into a value"),
        ("{{ now.strftime.__globals__ }}", "may not look into a value"),
        ("{{ now.strftime }}", "must call now.strftime"),
        ("{{ now.strftime('%999999999d') }}", "may call nothing but now.strftime"),
        ("{{ now.strftime(event.state) }}", "may call nothing but now.strftime"),
        ("{{ now.strftime(*'x') }}", "may call nothing but now.strftime"),
        ("{{ '%999999999d' | format(1) }}", "may not use the filter format"),
        ("{{ '{:>999999999}'.format(1) }}", "may not look into a value"),
        ("{{ 'x' | center(999999999) }}", "may not use the filter center"),
        ("{{ 'x' | replace('x', 'xx') }}", "may not use the filter replace"),
        ("{{ 'x' * 999999999 }}", "may not contain Mul"),
        ("{{ 9 ** 999999999 }}", "may not contain Pow"),
        ("{{ 'x' % 1 }}", "may not contain Mod"),
        ("{% for x in 'abc' %}x{% endfor %}", "may not contain For"),
        ("{% set x = 'x' %}", "may not contain Assign"),
        ("{% macro x() %}{% endmacro %}", "may not contain Macro"),
        ("{% block x %}{% endblock %}", "may not contain Block"),
        ("{% include '/etc/passwd' %}", "may not use other files"),
        ("{% extends 'x' %}", "may not use other files"),
        ("{% import 'os' as event %}", "may not use other files"),
        ("{% from 'os' import path %}", "may not use other files"),
        ("{% include event.state %}", "may not use other files"),
        ("{{ event.state", "is not a valid template: unexpected end of template"),
        ("{{ event.state | shell }}", "may not use the filter shell; known are: capitalize"),
        ("{% do event %}", "is not a valid template: Encountered unknown tag 'do'."),
        ("{{ " + "(" * 900 + "1" + ")" * 900 + " }}", "is nested too deeply"),
        ("x" * 20_001, "has 20001 characters, a template may have 20000"),
    ],
)
@pytest.mark.parametrize("kind", ["welcome", "tag"])
def test_refuses_a_template_that_could_do_more_than_fill_in(
    tmp_path: Path, kind: str, text: str, reason: str
) -> None:
    key = "text" if kind == "welcome" else "add"

    sentence = refusal(tmp_path, f'[[{kind}]]\nname = "mine"\n{key} = """{text}"""')

    assert sentence.startswith(f'[[{kind}]] "mine": {key}: {reason}')


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{ customer.name or event.userid }}", "zhangsan"),
        ("{{ customer.name | default('friend', true) }}", "friend"),
        ("{% if event.state == 'spring-2026' %}spring{% else %}other{% endif %}", "spring"),
        ("{{ 'spring' if 'spring' in event.state else '' }}", "spring"),
        ("{{ event.state | upper }}", "SPRING-2026"),
        ("{{ event.state | truncate(6, true, '', 0) }}", "spring"),
        ("{{ 'a' ~ event.userid }}", "azhangsan"),
        ("{{ now.year }}-{{ now.hour }}", "2026-17"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
    ],
)
def test_a_template_may_choose_between_texts(text: str, shown: str) -> None:
    assert welcome_text(rules_of(f'[[welcome]]\ntext = """{text}"""'), "contacts", SPRING) == shown


def test_takes_a_text_of_exactly_4000_bytes() -> None:
    text = "你" * 1333 + "!"

    rules = rules_of(f'[[welcome]]\ntext = "{text}"')

    assert welcome_text(rules, "contacts", SPRING, NOW) == text


def test_refuses_a_text_of_more_bytes_than_wecom_takes(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, f'[[welcome]]\ntext = "{"你" * 1334}"')

    assert sentence == "[[welcome]] number 1: text: has 4002 bytes, WeCom takes 4000"


@pytest.mark.parametrize("state", ["", " ", "/", "x" * 31])
def test_leaves_a_tag_out_that_is_none_once_it_is_filled_in(state: str) -> None:
    rules = rules_of('[[tag]]\nadd = ["source/{{ event.state }}", "kind/new"]')

    event = an_external_contact_added(state=state)

    assert [name for name in tags(rules, "contacts", event, NOW) if name != "source//"] == [
        "kind/new"
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            '[[welcome]]\nname = "w"\ntext = "x"\ncolour = "red"',
            '[[welcome]] "w": colour: there is no such key; remove it or mend its spelling',
        ),
        (
            '[[remarks]]\nname = "w"',
            "remarks: there is no such key; remove it or mend its spelling",
        ),
        ('[[welcome]]\nname = "w"', '[[welcome]] "w": text: missing; add it'),
        ("[[tag]]\n[[tag]]", "[[tag]] number 1: add: missing; add it"),
        ('[[tag]]\nadd="a/b"\n[[tag]]', "[[tag]] number 2: add: missing; add it"),
        ('[[welcome]]\ntext = ""', "[[welcome]] number 1: text: missing; add it, or attachments"),
        ("[[welcome]]\ntext = 5", "[[welcome]] number 1: text: Input should be a valid string"),
        ('[[welcome]]\ntext = "x"\nstate = 5', "[[welcome]] number 1: state: must be a list"),
        (
            '[[tag]]\nname = "t"\nadd = "a/b"\nweekdays = "someday"',
            '[[tag]] "t": weekdays: "someday" is no weekday; write mon, mon-fri',
        ),
        ('[[tag]]\nadd="a/b"\nhours="9-18"', '[[tag]] number 1: hours: "9-18" must be written'),
        ('[[tag]]\nadd="a/b"\nhours="09:00-09:00"', "[[tag]] number 1: hours: "),
        ('[[tag]]\nadd="a/b"\nhours="09:61-10:00"', "[[tag]] number 1: hours: "),
        ('[[tag]]\nadd="a/b"\nhours="09:00-24:01"', "[[tag]] number 1: hours: "),
        ('[[tag]]\nadd="a/b"\ndates="2026-02-30"', "[[tag]] number 1: dates: "),
        (
            '[[tag]]\nadd="a/b"\ndates="2026-02-10..2026-02-01"',
            '[[tag]] number 1: dates: "2026-02-10..2026-02-01" ends before it begins',
        ),
        ('[[tag]]\nadd="a/b"\ngender="f"', "[[tag]] number 1: gender: Input should be"),
        (
            '[[notify]]\nevent = "del_folow_user"\nto = "a"\ntext = "x"',
            '[[notify]] number 1: event: there is no event "del_folow_user"; do you mean',
        ),
        (
            '[[notify]]\nevent = "batch_job_result"\ntext = "x"',
            "[[notify]] number 1: to: missing; add it",
        ),
        (
            '[[notify]]\nevent = "batch_job_result"\nto = "a"\ntext = "x"\nmarkdown = "y"',
            "[[notify]] number 1: text: wants either text or markdown",
        ),
        (
            '[[alarm]]\nto = "a"\ntext = "x"\nwithin = "8d"',
            '[[alarm]] number 1: within: "8d" must be a minute to a week',
        ),
        (
            '[[notify]]\nevent = "batch_job_result"\nto = "a"\ntext = "{{ count }}"',
            "[[notify]] number 1: text: uses count, known are:",
        ),
        ("[[remark]]", "[[remark]] number 1: remark: missing; add it, or description"),
        (
            '[[welcome]]\nattachments = { image = "../x.png" }',
            '[[welcome]] number 1: attachments 1: image: "../x.png" must be inside the folder',
        ),
        (
            '[[welcome]]\nattachments = { image = "/etc/passwd" }',
            '[[welcome]] number 1: attachments 1: image: "/etc/passwd" must be inside the folder',
        ),
        (
            '[[welcome]]\nattachments = { image = "a.png", file = "b.pdf" }',
            "[[welcome]] number 1: attachments 1: must be one of image, link, miniprogram",
        ),
        (
            '[[welcome]]\nattachments = { video = { pic_url = "https://x" } }',
            "[[welcome]] number 1: attachments 1: video: pic_url is for pictures",
        ),
        (
            "[[welcome]]\nattachments = [" + '{ file = "a" },' * 10 + "]",
            "[[welcome]] number 1: attachments: Tuple should have at most 9 items",
        ),
        (
            '[[welcome]]\ntext = "x"\nstate = [5]',
            "[[welcome]] number 1: state: Input should be a valid string",
        ),
        ("[[tag]]\nadd = []", "[[tag]] number 1: add: "),
        ('[[tag]]\nadd = "spring"', '[[tag]] number 1: add: "spring" must be written group/tag'),
        ('[[tag]]\nadd = "/x"', '[[tag]] number 1: add: "/x" must be written group/tag'),
        ('[[tag]]\nadd = "x/ "', '[[tag]] number 1: add: "x/ " must be written group/tag'),
        (
            f'[[tag]]\nadd = "g/{"t" * 31}"',
            f'[[tag]] number 1: add: "g/{"t" * 31}": group and tag may have 30 characters each',
        ),
        ('timezone = "Mars/Base"', 'timezone: there is no time zone "Mars/Base"; write e.g. Asia/'),
        ('timezone = "../../etc/passwd"', 'timezone: there is no time zone "../../etc/passwd"'),
        ('timezone = ""', 'timezone: there is no time zone ""'),
        ("timezone = 8", "timezone: Input should be a valid string"),
        ('welcome = "hello"', "welcome: must be a list; write [[welcome]], in two brackets"),
        ('[welcome]\ntext = "x"', "welcome: must be a list; write [[welcome]], in two brackets"),
        ("welcome = [1]", "[[welcome]] number 1: Input should be a valid dictionary"),
        ("[[welcome]\n", "not valid TOML: "),
        ("= 1", "not valid TOML: "),
        ('a = 1\na = "2"', "not valid TOML: "),
    ],
)
def test_says_in_one_sentence_what_is_wrong(tmp_path: Path, text: str, sentence: str) -> None:
    assert refusal(tmp_path, text).startswith(sentence)


def test_says_that_a_file_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_bytes(b"\xff\xfe")

    with pytest.raises(ConfigurationError, match="is not UTF-8"):
        read_rules(path)


def test_says_that_a_file_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        read_rules(tmp_path)


def test_a_missing_file_has_no_rules(tmp_path: Path) -> None:
    assert welcome_text(read_rules(tmp_path / "rules.toml"), "contacts", SPRING) is None


KINDS = [
    get_args(field.annotation)[0]
    for name, field in RulesDocument.model_fields.items()
    if name != "timezone"
]


@pytest.mark.parametrize("rule", [Rule, *KINDS])
def test_every_key_is_described(rule: type[Rule]) -> None:
    assert all(field.description for field in rule.model_fields.values())


def test_a_file_of_an_editor_of_windows_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_bytes('\ufeff[[welcome]]\r\ntext = "你好"\r\n'.encode())

    assert welcome_text(read_rules(path), "contacts", SPRING) == "你好"


def test_a_file_in_gbk_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_bytes('[[welcome]]\ntext = "你好"\n'.encode("gbk"))

    (problem,) = parse_rules(path).problems

    assert problem.line == 2
    assert "UTF-8" in problem.text.en


def test_wrong_keys_do_not_hide_what_a_rule_lacks(tmp_path: Path) -> None:
    text = (
        '[[notify]]\nevent = "del_folow_user"\ntext = "x"\n'
        '[[remark]]\ngender = "x"\n[[channel]]\nname = "c"\n[[welcome]]\ntext = "{{ x }}"\n'
    )
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="utf-8")

    problems = [(each.line, each.text.en.split(": ")[1]) for each in parse_rules(path).problems]

    assert problems == [
        (1, "to"),
        (2, "event"),
        (4, "remark"),
        (5, "gender"),
        (6, "app"),
        (6, "state"),
        (6, "members"),
        (9, "text"),
    ]


def test_an_event_is_guessed_as_one_writes_it(tmp_path: Path) -> None:
    text = '[[notify]]\nevent = "del_folow_user"\nto = "x"\ntext = "x"\n'

    assert refusal(tmp_path, text).endswith('do you mean "del_follow_user"?')


@pytest.mark.parametrize(
    "before",
    [
        'text = """\n[[welcome]]\n[[tag]]\nadd = "z"\n"""',
        "text = '''\n[[tag]]\n\"\"\"\n[[tag]]\n'''",
        'text = "a\\"b" # """\nstate = "x"\nuserid = "y"\nname = "n"\n',
        'text = "a\u2028b\u0085c"\n\n\n\n',
        'text = """a"""\nstate = """b\n\n\nc\\""""',
    ],
    ids=["text", "literal", "comment", "other line ends", "quotes"],
)
def test_lines_are_counted_and_rules_found_as_toml_does(tmp_path: Path, before: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(f'[[welcome]]\n{before}\n[[tag]]\nadd = "x"\n', encoding="utf-8")

    (problem,) = parse_rules(path).problems

    assert problem.line == path.read_text(encoding="utf-8").split("\n").index('add = "x"') + 1


@pytest.mark.parametrize("days", ["²", "①", "8", "0"])
def test_a_sign_that_is_no_number_is_no_weekday(tmp_path: Path, days: str) -> None:
    text = f'[[tag]]\nadd = "a/b"\nweekdays = "{days}"\n'

    assert "is no weekday" in refusal(tmp_path, text)


@pytest.mark.parametrize(
    "path", ["a\\u0000.png", "folder.png", "pipe.png", "loop.png", "nowhere.png", "empty.png", "."]
)
def test_what_is_no_file_to_send_is_told(tmp_path: Path, path: str) -> None:
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "nowhere.png").symlink_to("away")
    (tmp_path / "empty.png").touch()
    rules = tmp_path / "rules.toml"
    rules.write_text(f'[[welcome]]\nattachments = {{ image = "{path}" }}\n', encoding="utf-8")

    (problem,) = file_problems(rules)

    assert (problem.line, parse_rules(rules).problems) == (2, ())


def test_a_wrong_attachment_is_told_with_its_own_line(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(
        '[[welcome]]\ntext = "x"\nattachments = [\n  { link = { title = "[{", url = "u" } },\n'
        '  # a [ in a comment\n  { link = { title = "", url = "u" } },\n]\n',
        encoding="utf-8",
    )

    assert [each.line for each in parse_rules(path).problems] == [6]


@pytest.mark.parametrize(
    "text",
    [
        "{{ customer.name|truncate('a') }}",
        "{{ customer.name|default('x', y=1) }}",
        "{{ now.hour > 'a' }}",
        "{% if customer.name == 'q' %}{{ now.hour|length }}{% endif %}",
        "{{ 'a' in now.hour }}",
    ],
)
def test_a_template_that_would_fail_when_a_customer_waits_is_refused(
    tmp_path: Path, text: str
) -> None:
    assert "cannot be filled in" in refusal(tmp_path, f'[[welcome]]\ntext = "{text}"\n')


@pytest.mark.parametrize(
    "text",
    [
        "{{ '早上好' if now.hour < 12 else '下午好' }}",
        "{{ customer.name|default('朋友', true)|truncate(8) }}",
        "{% if customer.gender in ['male', 'female'] %}a{% endif %}",
        "{{ (customer.name or 'x')|first }}",
        "{{ now.strftime('%H:%M') < '12:00' }}",
    ],
)
def test_a_template_that_compares_like_with_like_is_taken(text: str) -> None:
    assert rules_of(f'[[welcome]]\ntext = "{text}"\n').document.welcome[0].text == text
