"""The operator's web pages over the journal, at `/console/`."""

from console.blueprint import make_console
from console.parts import (
    Meaning,
    OAuth,
    Outcome,
    Parts,
    Preview,
    RulesState,
    RulesView,
    Specimen,
    TokenState,
)
from console.password import PERMISSIONS, a_user

__all__ = [
    "PERMISSIONS",
    "Meaning",
    "OAuth",
    "Outcome",
    "Parts",
    "Preview",
    "RulesState",
    "RulesView",
    "Specimen",
    "TokenState",
    "a_user",
    "make_console",
]
