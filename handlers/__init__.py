"""What happens when something happens: the router, and one file per subject.

A module with handlers of your own needs a `router` like those here:

    from events import ExternalContactDeleted
    from handlers import Context, Router

    router = Router()

    @router.on(ExternalContactDeleted)
    def note_the_loss(event: ExternalContactDeleted, ctx: Context) -> None:
        ctx.log.info("customer_lost", userid=event.userid)

`@router.every(timedelta(hours=1))` registers what is done every so often: `def duty(ctx)`.
Name the module in `handlers = ["my_handlers"]`. What answers at once (被动回复) is registered with
`@router.reply` and returns one of the records in `handlers.replies`.
"""

from handlers.answering import Answers
from handlers.context import App, Context, JobOutcome
from handlers.people import PeopleDirectory
from handlers.replies import Reply
from handlers.router import LANES, Duty, Lane, ReplyRoute, Route, Router
from handlers.rules import Rules, RulesFile, WelcomeRule, read_rules
from handlers.tag_directory import TagDirectory

__all__ = [
    "LANES",
    "Answers",
    "App",
    "Context",
    "Duty",
    "JobOutcome",
    "Lane",
    "PeopleDirectory",
    "Reply",
    "ReplyRoute",
    "Route",
    "Router",
    "Rules",
    "RulesFile",
    "TagDirectory",
    "WelcomeRule",
    "read_rules",
]
