"""Customers of several corps, for the provider of a suite (第三方 - 账号ID).

The credential is in the query under a name of its own. Here the token of an app of the kind suite
serves as the suite's and as the provider's; any other is refused with 40082.
"""

from __future__ import annotations

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.foreign_ids import ForeignIds

chapter = Chapter()


@chapter.endpoint(
    "POST",
    "service/externalcontact/unionid_to_external_userid_3rd",
    doc=95878,
    token=False,
    empty={"external_userid_info": []},
)
def unionid_to_external_userid_3rd(call: Call) -> dict[str, object]:
    """Find a customer in every corp that authorised the suite (unionid查询external_userid)."""
    _check_credential(call, "suite_access_token")
    unionid = call.text("unionid", missing=610014)
    call.text("openid")
    corpid = call.optional_text("corpid") or ""
    if corpid and corpid not in call.tenant.corps:
        raise CallRefused(40013)
    return {
        "external_userid_info": [
            {"corpid": corp.corpid, "external_userid": customer.external_userid}
            for corp in call.tenant.corps.values()
            if corpid in {"", corp.corpid}
            and any(app.kind == "suite" for app in corp.apps.values())
            for customer in corp.customers.values()
            if customer.unionid == unionid
        ]
    }


@chapter.endpoint(
    "POST", "externalcontact/finish_external_userid_migration", doc=97063, token=False
)
def finish_external_userid_migration(call: Call) -> dict[str, object]:
    """Say that a corp's ids are changed everywhere (设置迁移完成); there is no way back."""
    _check_credential(call, "provider_access_token")
    corp = call.tenant.corps.get(call.text("corpid", missing=41002))
    if corp is None:
        raise CallRefused(40013)
    corp.of(ForeignIds).migrated = True
    return {}


def _check_credential(call: Call, name: str) -> None:
    token = call.tenant.tokens.get(call.query.get(name, ""))
    corp = call.tenant.corps.get(token.corpid) if token else None
    app = corp.apps.get(token.app) if token and corp else None
    if token is None or app is None or app.kind != "suite" or token.revoked:
        raise CallRefused(40082)
    if call.now >= token.expires_at:
        raise CallRefused(42009)
