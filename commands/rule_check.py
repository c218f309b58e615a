"""`rules check`: all that is wrong with a rules file, with line numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from handlers.rules import Problem, Rules, RulesDocument, file_problems, parse_rules
from language import Language, Text

_NO_RULES = Text(en="no rules", zh="没有规则")


def check_file(console: Console, path: Path, language: Language) -> bool:
    """Print every problem of a rules file, or what is in it; True when nothing is wrong."""
    reading = parse_rules(path, must_exist=True)
    problems = sorted(
        (*reading.problems, *file_problems(path)), key=lambda problem: problem.line or 0
    )
    if reading.rules is None or problems:
        print_problems(console, path, problems, language)
        return False
    counts = Text(en=": good: ", zh=": 没有问题: ") + _counts(reading.rules.document)
    console.print(f"{path}{counts[language]}", soft_wrap=True)
    return True


def print_problems(
    console: Console, path: Path, problems: Sequence[Problem], language: Language
) -> None:
    """Print where something is wrong, and what; then how much it is."""
    for problem in problems:
        console.print(problem.at(str(path))[language], soft_wrap=True)
    told = Text(en=f"{len(problems)} to mend", zh=f"共 {len(problems)} 处需要修改")
    console.print(told[language])


def rules_or_problems(console: Console, path: Path, language: Language) -> Rules | None:
    """Return the rules of a file; None, and why is printed, when it cannot be used."""
    reading = parse_rules(path, must_exist=True)
    if reading.rules is None:
        print_problems(console, path, reading.problems, language)
    return reading.rules


def _counts(document: RulesDocument) -> Text:
    found = [
        Text(en=f"{len(rules)} {kind}", zh=f"{kind} {len(rules)} 条")
        for kind in RulesDocument.model_fields
        if isinstance(rules := getattr(document, kind), tuple) and rules
    ]
    if not found:
        return _NO_RULES
    return Text(en=", ".join(each.en for each in found), zh="，".join(each.zh for each in found))
