"""What cannot stand in the rules, said so that whoever wrote it understands."""

from __future__ import annotations

from language import Text


class Mistake(ValueError):
    """A value, or a rule as a whole, that cannot be.

    key: the key of the rule that it is about, where the value alone does not tell.
    """

    def __init__(self, *, en: str, zh: str, key: str = "") -> None:
        text = Text(en=en, zh=zh)
        self.key = key
        self.text = f"{key}: " + text if key else text
        super().__init__(self.text.en)
