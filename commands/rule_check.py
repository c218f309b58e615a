"""`rules check`: all that is wrong with a rules file, with line numbers."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from handlers.rules import RulesDocument, file_problems, parse_rules


def check_file(console: Console, path: Path) -> bool:
    """Print every problem of a rules file, or what is in it; True when nothing is wrong."""
    reading = parse_rules(path, must_exist=True)
    problems = list(reading.problems)
    problems += file_problems(path)
    problems.sort(key=lambda problem: problem.line or 0)
    for problem in problems:
        place = f"{path}:{problem.line}" if problem.line else str(path)
        console.print(f"{place}: {problem}", soft_wrap=True)
    if problems:
        console.print(f"{len(problems)} to mend")
        return False
    document = reading.rules.document if reading.rules else RulesDocument()
    counts = [
        f"{len(rules)} {kind}"
        for kind in RulesDocument.model_fields
        if isinstance(rules := getattr(document, kind), tuple) and rules
    ]
    console.print(f"{path}: good: {', '.join(counts) or 'no rules'}", soft_wrap=True)
    return True
