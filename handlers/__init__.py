"""What happens when something happens: the router, and one file per subject.

A module with handlers of your own needs a `router` like those here:

    from events import ExternalContactDeleted
    from handlers import Context, Router

    router = Router()

    @router.on(ExternalContactDeleted)
    def note_the_loss(event: ExternalContactDeleted, ctx: Context) -> None:
        ctx.log.info("customer_lost", userid=event.userid)

Name the module in `handlers = ["my_handlers"]`.
"""

from handlers.context import App, Context, JobOutcome
from handlers.router import LANES, Lane, Route, Router
from handlers.rules import Rules, RulesFile, read_rules
from handlers.tag_directory import TagDirectory

__all__ = [
    "LANES",
    "App",
    "Context",
    "JobOutcome",
    "Lane",
    "Route",
    "Router",
    "Rules",
    "RulesFile",
    "TagDirectory",
    "read_rules",
]
