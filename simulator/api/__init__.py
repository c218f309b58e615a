"""The API under /cgi-bin/: one module per chapter of the official documents, named as there."""

from __future__ import annotations

from simulator.api import (
    agent,
    batch,
    department,
    ec_customer,
    ec_follow_user,
    ec_groupchat,
    ec_message,
    ec_tag,
    export,
    kf,
    linkedcorp,
    media,
    media_by_url,
    message,
    misc,
    school,
    tag,
    token,
    user,
)
from simulator.api.endpoint import by_path

ENDPOINTS = by_path(
    module.chapter
    for module in (
        token,
        misc,
        agent,
        user,
        department,
        tag,
        batch,
        export,
        media,
        media_by_url,
        message,
        linkedcorp,
        school,
        ec_follow_user,
        ec_customer,
        ec_tag,
        ec_groupchat,
        ec_message,
        kf,
    )
)

__all__ = ["ENDPOINTS"]
