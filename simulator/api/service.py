"""Third-party apps and their providers (第三方应用开发)."""

from __future__ import annotations

import hmac
import secrets
from typing import Any

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.corp import Corp
from simulator.oauth import USER_TICKET_SECONDS, OAuth
from simulator.records import App
from simulator.suites import PRE_AUTH_CODE_SECONDS, Suite

chapter = Chapter()


@chapter.endpoint("POST", "service/get_provider_token", doc=91200, token=False)
def get_provider_token(call: Call) -> dict[str, object]:
    """Hand out a provider_access_token (获取服务商凭证)."""
    corpid = call.text("corpid", missing=41002)
    secret = call.text("provider_secret", missing=41004)
    suites = [each for each in _suites(call) if each.provider_corpid == corpid]
    if not suites:
        raise CallRefused(40013)
    for suite in suites:
        if suite.provider_secret and _same(secret, suite.provider_secret):
            token = _issue(suite.provider_tokens, call)
            return {"provider_access_token": token, "expires_in": _left(token, suite, call)}
    raise CallRefused(40001)


@chapter.endpoint("POST", "service/get_suite_token", doc=90600, token=False)
def get_suite_token(call: Call) -> dict[str, object]:
    """Hand out a suite_access_token for a ticket of the last 30 minutes (获取第三方应用凭证)."""
    suite = call.tenant.suites.get(call.text("suite_id", missing=40083))
    if suite is None or not _same(call.text("suite_secret", missing=40083), suite.secret):
        raise CallRefused(40083)
    ends_at = suite.tickets.get(call.text("suite_ticket", missing=40085))
    if ends_at is None or call.now >= ends_at:
        raise CallRefused(40085)
    token = _issue(suite.tokens, call)
    return {"suite_access_token": token, "expires_in": _left(token, suite, call)}


@chapter.endpoint("GET", "service/get_pre_auth_code", doc=90601, token=False)
def get_pre_auth_code(call: Call) -> dict[str, object]:
    """Begin an authorisation (获取预授权码)."""
    suite = _suite(call)
    code = secrets.token_urlsafe(48)
    suite.pre_auth_codes[code] = call.now + PRE_AUTH_CODE_SECONDS
    return {"pre_auth_code": code, "expires_in": PRE_AUTH_CODE_SECONDS}


@chapter.endpoint("POST", "service/get_permanent_code", doc=90603, token=False)
def get_permanent_code(call: Call) -> dict[str, object]:
    """Exchange an auth code, once, for the corp's permanent code (获取企业永久授权码)."""
    suite = _suite(call)
    code = suite.auth_codes.pop(call.text("auth_code", missing=41008), None)
    if code is None or call.now >= code.expires_at or code.corpid not in suite.installed:
        raise CallRefused(40078)
    corp, app = _inside(call, suite, code.corpid)
    return {
        **({} if suite.is_template else _corp_token(call, app)),
        "permanent_code": suite.issue_permanent_code(app),
        **_authorisation(suite, corp, app),
        "auth_user_info": {"userid": next(iter(corp.members), ""), "name": "", "avatar": ""},
        "state": code.state,
    }


@chapter.endpoint("POST", "service/get_auth_info", doc=90604, token=False)
def get_auth_info(call: Call) -> dict[str, object]:
    """Say what a corp lets the suite do (获取企业授权信息)."""
    suite = _suite(call)
    return _authorisation(suite, *_authorised(call, suite))


@chapter.endpoint("POST", "service/get_corp_token", doc=90605, token=False)
def get_corp_token(call: Call) -> dict[str, object]:
    """Hand out the access_token of a corp that authorised the suite (获取企业凭证).

    That of an app made of a template is had from gettoken alone (doc 97164).
    """
    suite = _suite(call)
    _, app = _authorised(call, suite)
    if suite.is_template:
        raise CallRefused(48002)
    return _corp_token(call, app)


@chapter.endpoint("POST", "service/get_login_info", doc=91125, token=False)
def get_login_info(call: Call) -> dict[str, object]:
    """Say who logged in to the provider's site (获取登录用户信息)."""
    token = call.query.get("access_token", "")
    suite = next((each for each in _suites(call) if token in each.provider_tokens), None)
    if suite is None:
        raise CallRefused(40014 if token else 41001)
    if call.now >= suite.provider_tokens[token]:
        raise CallRefused(42001)
    corpid, userid = suite.login_codes.pop(call.text("auth_code", missing=41008), ("", ""))
    if not corpid:
        raise CallRefused(40078)
    return {
        "usertype": 5,
        "user_info": {"userid": userid, "name": "", "avatar": ""},
        "corp_info": {"corpid": corpid},
        "agent": [],
        "auth_info": {"department": []},
    }


@chapter.endpoint("GET", "service/auth/getuserinfo3rd", doc=91121, token=False)
def getuserinfo3rd(call: Call) -> dict[str, object]:
    """Return who opened a page of the suite (获取访问用户身份)."""
    suite, value = _suite(call), call.text("code", missing=40029)
    for corpid in suite.installed:
        corp, app = _inside(call, suite, corpid)
        codes = corp.of(OAuth).codes
        code = codes.get(value)
        if code is None or code.app != app.name or call.now >= code.expires_at:
            continue
        del codes[value]
        if not code.userid:
            return {"openid": code.openid, "external_userid": code.external_userid}
        answer: dict[str, object] = {"corpid": corpid, "userid": code.userid}
        if code.private:
            ticket = corp.of(OAuth).issue_user_ticket(app.name, code.userid, call.now)
            answer |= {"user_ticket": ticket, "expires_in": USER_TICKET_SECONDS}
        return answer
    raise CallRefused(40029)


@chapter.endpoint("POST", "service/auth/getuserdetail3rd", doc=91122, token=False)
def getuserdetail3rd(call: Call) -> dict[str, object]:
    """Return what a member agreed to show the suite (获取访问用户敏感信息)."""
    suite, value = _suite(call), call.text("user_ticket", missing=84015)
    for corpid in suite.installed:
        corp, app = _inside(call, suite, corpid)
        ticket = corp.of(OAuth).user_tickets.get(value)
        if ticket is None or ticket.app != app.name:
            continue
        if call.now >= ticket.expires_at:
            raise CallRefused(84014)
        member = corp.members[ticket.userid]
        return {
            "corpid": corpid,
            "userid": member.userid,
            "gender": str(member.gender),
            "avatar": f"https://wework.qpic.cn/wwhead/{member.userid}/0",
            "qr_code": f"https://open.work.weixin.qq.com/wwopen/userQRCode?vcode={member.userid}",
        }
    raise CallRefused(84015)


def _suites(call: Call) -> list[Suite]:
    return list(call.tenant.suites.values())


def _suite(call: Call) -> Suite:
    """Return the suite whose token the call carries. Raises CallRefused."""
    token = call.query.get("suite_access_token", "")
    for suite in _suites(call):
        if token in suite.tokens:
            if call.now >= suite.tokens[token]:
                raise CallRefused(42009)
            return suite
    raise CallRefused(40082)


def _authorised(call: Call, suite: Suite) -> tuple[Corp, App]:
    corpid = call.text("auth_corpid", missing=40084)
    code = suite.permanent_codes.get(corpid)
    if code is None or not _same(call.text("permanent_code", missing=40084), code):
        raise CallRefused(40084)
    return _inside(call, suite, corpid)


def _inside(call: Call, suite: Suite, corpid: str) -> tuple[Corp, App]:
    corp = call.tenant.corps[corpid]
    return corp, corp.apps[suite.app_name(corpid)]


def _corp_token(call: Call, app: App) -> dict[str, object]:
    token = call.tenant.issue_token(app, call.now)
    return {
        "access_token": token.value,
        "expires_in": max(int(token.expires_at - call.now), 1),
    }


def _authorisation(suite: Suite, corp: Corp, app: App) -> dict[str, Any]:
    return {
        "auth_corp_info": {"corpid": corp.corpid, "corp_name": corp.name},
        "auth_info": {
            "agent": [
                {
                    "agentid": app.agentid,
                    "name": app.name,
                    "auth_mode": 0,
                    "is_customized_app": suite.is_template,
                    "privilege": {
                        "level": 1,
                        "allow_party": sorted(app.visible_departments),
                        "allow_user": sorted(app.visible_userids),
                        "allow_tag": sorted(app.visible_tags),
                    },
                }
            ]
        },
    }


def _issue(tokens: dict[str, float], call: Call) -> str:
    """Return the token that lives, or a new one."""
    for token, ends_at in tokens.items():
        if call.now < ends_at and not call.tenant.limits.token_always_new:
            return token
    tokens.clear()
    token = secrets.token_urlsafe(96)
    tokens[token] = call.now + call.tenant.limits.token_seconds
    return token


def _left(token: str, suite: Suite, call: Call) -> int:
    ends_at = (suite.tokens | suite.provider_tokens)[token]
    return max(int(ends_at - call.now), 1)


def _same(told: str, known: str) -> bool:
    return hmac.compare_digest(told.encode("utf-8", "replace"), known.encode())
