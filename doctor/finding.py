"""What a check found, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from language import Text

Verdict = Literal["ok", "warning", "fault", "skipped"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The answer to one question.

    subject: what was looked at, `settings`, `app contacts`, `callback contacts` ...
    code: one stable word for machines. evidence: what was seen. remedy: what to do about it.
    """

    subject: str
    code: str
    verdict: Verdict
    evidence: Text
    remedy: Text | None = None


def ok(subject: str, code: str, *, en: str, zh: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(subject=subject, code=code, verdict="ok", evidence=Text(en=en, zh=zh))


def fault(
    subject: str,
    code: str,
    evidence: Text,
    remedy: Text | None = None,
    *,
    verdict: Verdict = "fault",
) -> Finding:
    """Return that something is not as it should be."""
    return Finding(subject=subject, code=code, verdict=verdict, evidence=evidence, remedy=remedy)
