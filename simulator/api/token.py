"""access_token (获取access_token)."""

from __future__ import annotations

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.days import HOUR_SECONDS

chapter = Chapter()


@chapter.endpoint("GET", "gettoken", doc=91039, token=False)
def gettoken(call: Call) -> dict[str, object]:
    """Hand out the live access_token of the app whose secret it is (获取access_token).

    The same value while it lives, and what is left of its life.
    """
    secret = call.text("corpsecret", missing=41004)
    corpid = call.text("corpid", missing=41002)
    tenant = call.tenant
    wrong = ("wrong secrets", call.ip)
    if tenant.quotas.blocks(wrong, call.now, seconds=HOUR_SECONDS):
        raise CallRefused(45009)
    if corpid not in tenant.corps:
        raise CallRefused(40013)
    for app in tenant.corps[corpid].apps.values():
        if app.secret == secret and app.enabled:
            token = tenant.issue_token(app, call.now)
            return {
                "access_token": token.value,
                "expires_in": max(int(token.expires_at - call.now), 1),
            }
    most = tenant.limits.wrong_secrets_per_hour
    tenant.quotas.take(wrong, call.now, most=most, seconds=HOUR_SECONDS)
    raise CallRefused(40001)
