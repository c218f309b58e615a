from __future__ import annotations

from pathlib import Path

import pytest
from handler_context import NOW, rules_of
from jinja2 import TemplateError

from errors import ConfigurationError
from factories import (
    a_batch_job_finished,
    a_half_external_contact_added,
    an_external_contact_added,
)
from handlers import Rules, read_rules
from handlers.rules import Rule, TagRule, WelcomeRule

SPRING = an_external_contact_added(userid="zhangsan", state="spring-2026")


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

    assert (rules.welcome("contacts", SPRING, NOW) == "hello") is matches


def test_an_empty_state_is_a_condition_of_its_own() -> None:
    rules = rules_of('[[welcome]]\ntext = "hello"\nstate = ""')

    assert rules.welcome("contacts", an_external_contact_added(state=""), NOW) == "hello"


def test_an_event_without_states_has_the_empty_one() -> None:
    rules = rules_of('[[tag]]\nadd = "a/b"\nstate = ""')

    assert rules.tags("contacts", a_batch_job_finished(), NOW) == ["a/b"]


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

    assert rules.welcome("contacts", SPRING, NOW) == "spring"
    assert rules.welcome("contacts", an_external_contact_added(), NOW) == "default"
    assert rules.welcome("contacts", a_half_external_contact_added(), NOW) == "default"


@pytest.mark.parametrize("rules", [Rules(), rules_of(""), rules_of('[[tag]]\nadd = "a/b"')])
def test_without_a_welcome_that_matches_there_is_none(rules: Rules) -> None:
    assert rules.welcome("contacts", SPRING, NOW) is None


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

    assert rules.tags("contacts", SPRING, NOW) == ["source/spring", "month/2026-03", "vip/yes"]


def test_fills_in_what_it_knows_of_the_event() -> None:
    rules = rules_of(
        '[[welcome]]\ntext = "{{ event.state }}/{{ event.userid }}/{{ event.corpid }}"'
    )

    assert rules.welcome("contacts", SPRING, NOW) == "spring-2026/zhangsan/ww1234567890abcdef"


def test_fills_in_the_time_of_its_own_zone() -> None:
    text = "[[tag]]\nadd = \"at/{{ now.strftime('%d %H:%M') }}\""

    assert rules_of(text).tags("contacts", SPRING, NOW) == ["at/02 17:30"]
    assert rules_of('timezone = "UTC"\n' + text).tags("contacts", SPRING, NOW) == ["at/02 09:30"]


def test_leaves_characters_alone_that_html_would_escape() -> None:
    rules = rules_of("[[welcome]]\ntext = \"<a> & 'b' {{ event.state }}\"")

    state = an_external_contact_added(state='<"&">')

    assert rules.welcome("contacts", state, NOW) == "<a> & 'b' <\"&\">"


def test_what_a_customer_brings_is_never_a_template() -> None:
    rules = rules_of('[[welcome]]\ntext = "{{ event.state }}"')

    state = an_external_contact_added(state="{{ 7 * 7 }}{% raw %}")

    assert rules.welcome("contacts", state, NOW) == "{{ 7 * 7 }}{% raw %}"


def test_never_lets_a_template_see_the_welcome_code(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, '[[welcome]]\ntext = "{{ event.welcome_code }}"')

    assert sentence == (
        "[[welcome]] number 1: text: uses event.welcome_code, an event has:"
        " name, corpid, userid, external_userid, state, link_id, open_kfid, scene"
    )


@pytest.mark.parametrize(
    "text",
    [
        "{{ event['__class__'] }}",
        "{{ event['welcome_code'] }}",
        "{{ now['__class__'] }}",
        "{{ now.__class__ }}",
        "{{ (event | attr('__class__')) }}",
        "{{ ''.__class__ }}",
        "{{ now.strftime.__globals__ }}",
        "{{ self._TemplateReference__context }}",
    ],
)
def test_what_lies_behind_a_value_is_empty(text: str) -> None:
    rules = rules_of(f'[[welcome]]\ntext = """{text}"""')

    assert rules.welcome("contacts", SPRING, NOW) == ""


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ now.__class__.__base__.__subclasses__() }}",
        "{{ ().__class__.__bases__[0] }}",
        "{{ event['x'].y }}",
    ],
)
def test_nothing_is_reached_through_a_value(text: str) -> None:
    rules = rules_of(f'[[welcome]]\ntext = """{text}"""')

    with pytest.raises(TemplateError):
        rules.welcome("contacts", SPRING, NOW)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{{ customer.name }}", "uses customer, known are: event, now"),
        ("{{ open('/etc/passwd').read() }}", "uses open, known are: event, now"),
        ("{{ config }} {{ request }}", "uses config, request, known are: event, now"),
        ("{% for i in range(9) %}x{% endfor %}", "uses range, known are: event, now"),
        ("{{ cycler.__init__.__globals__.os }}", "uses cycler, known are: event, now"),
        ("{{ event.__class__ }}", "uses event.__class__, an event has: name, corpid"),
        ("{{ event.update({'a': 1}) }}", "uses event.update, an event has: name, corpid"),
        ("{{ event.sate }}", "uses event.sate, an event has: name, corpid, userid"),
        ("{% include '/etc/passwd' %}", "may not use other files"),
        ("{% extends 'x' %}", "may not use other files"),
        ("{% import 'os' as event %}", "may not use other files"),
        ("{% from 'os' import path %}", "may not use other files"),
        ("{% include event.state %}", "may not use other files"),
        ("{{ event.state", "is not a valid template: unexpected end of template"),
        ("{{ event.state | shell }}", "is not a valid template: No filter named 'shell'."),
        ("{% do event %}", "is not a valid template: Encountered unknown tag 'do'."),
    ],
)
@pytest.mark.parametrize("kind", ["welcome", "tag"])
def test_refuses_a_template_that_cannot_work(
    tmp_path: Path, kind: str, text: str, reason: str
) -> None:
    key = "text" if kind == "welcome" else "add"

    sentence = refusal(tmp_path, f'[[{kind}]]\nname = "mine"\n{key} = """{text}"""')

    assert sentence.startswith(f'[[{kind}]] "mine": {key}: {reason}')


def test_takes_a_text_of_exactly_4000_bytes() -> None:
    text = "你" * 1333 + "!"

    rules = rules_of(f'[[welcome]]\ntext = "{text}"')

    assert rules.welcome("contacts", SPRING, NOW) == text


def test_refuses_a_text_of_more_bytes_than_wecom_takes(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, f'[[welcome]]\ntext = "{"你" * 1334}"')

    assert sentence == "[[welcome]] number 1: text: has 4002 bytes, WeCom takes 4000"


@pytest.mark.parametrize("letters", range(4))
def test_cuts_what_grew_too_long_between_two_characters(letters: int) -> None:
    text = "x" * letters + "{{ event.state }}"
    rules = rules_of(f'[[welcome]]\ntext = "{text}"')

    welcome = rules.welcome("contacts", an_external_contact_added(state="🎉" * 1500), NOW)

    assert welcome is not None
    assert welcome.strip("x") == "🎉" * ((4000 - letters) // 4)


@pytest.mark.parametrize("state", ["", " ", "/", "x" * 31])
def test_leaves_a_tag_out_that_is_none_once_it_is_filled_in(state: str) -> None:
    rules = rules_of('[[tag]]\nadd = ["source/{{ event.state }}", "kind/new"]')

    event = an_external_contact_added(state=state)

    assert [name for name in rules.tags("contacts", event, NOW) if name != "source//"] == [
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
        ('[[welcome]]\ntext = ""', "[[welcome]] number 1: text: String should have at least"),
        ("[[welcome]]\ntext = 5", "[[welcome]] number 1: text: Input should be a valid string"),
        ('[[welcome]]\ntext = "x"\nstate = 5', "[[welcome]] number 1: state: must be a list"),
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

    with pytest.raises(ConfigurationError, match="not valid TOML"):
        read_rules(path)


def test_says_that_a_file_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        read_rules(tmp_path)


def test_a_missing_file_has_no_rules(tmp_path: Path) -> None:
    assert read_rules(tmp_path / "rules.toml").welcome("contacts", SPRING, NOW) is None


@pytest.mark.parametrize("rule", [Rule, WelcomeRule, TagRule])
def test_every_key_is_described(rule: type[Rule]) -> None:
    assert all(field.description for field in rule.model_fields.values())
