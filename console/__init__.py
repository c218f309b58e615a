"""The operator's web pages over the journal, at `/console/`."""

from console.blueprint import make_console
from console.parts import (
    Meaning,
    OAuth,
    Parts,
    Preview,
    RulesState,
    RulesView,
    Ruling,
    Specimen,
    TokenState,
    WouldCall,
    WouldRun,
)
from console.password import PERMISSIONS, a_user

__all__ = [
    "PERMISSIONS",
    "Meaning",
    "OAuth",
    "Parts",
    "Preview",
    "RulesState",
    "RulesView",
    "Ruling",
    "Specimen",
    "TokenState",
    "WouldCall",
    "WouldRun",
    "a_user",
    "make_console",
]
