"""The pages on which members log in to a site (身份验证), where one chooses who it is."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Blueprint, make_response, redirect, render_template_string, request
from werkzeug.wrappers import Response

from simulator.actions.apps import AppActions
from simulator.agents import Agents
from simulator.corp import Corp
from simulator.records import App
from simulator.tenant import Tenant

_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>模拟的企业微信 · Simulated WeCom</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, "PingFang SC", sans-serif; }
body { display: grid; place-items: center; min-height: 90vh; margin: 0; }
main { width: min(360px, 90vw); display: grid; gap: 12px; }
h1 { font-size: 1.2rem; margin: 0; } p { margin: 0; } form { display: grid; gap: 8px; }
small { opacity: .75; } button { font: inherit; padding: 8px 12px; text-align: left; }
</style></head><body><main>
<h1>模拟的企业微信 · Simulated WeCom</h1>
{% if problem %}<p role="alert">{{ problem }}</p>
{% else %}<p>{{ app }}: 谁来登录？ Who logs in?</p>
<form method="post">
{% for member in members %}<button name="userid" value="{{ member.userid }}"
>{{ member.name }} <small>{{ member.userid }}</small></button>
{% endfor %}<button name="cancel" value="1">拒绝 Refuse</button>
</form>{% endif %}
</main></body></html>
"""
_NO_RIGHT = "无权限：成员不存在或不在应用的可见范围内 · gone, or not in the app's visible range"


class _Refused(Exception):
    """What the page says instead of asking."""


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """A log-in that was asked for as the documents say."""

    corp: Corp
    app: App
    redirect_uri: str
    state: str
    private: bool


def make_login(actions: AppActions) -> Blueprint:
    """Return the pages; hosts apart, their addresses are those of WeCom.

    doc 91022 inside WeCom, doc 98152 in any browser, doc 91019 the same as it was before.
    """
    blueprint = Blueprint("login", __name__)

    @blueprint.errorhandler(_Refused)
    def refuse(refusal: _Refused) -> Response:
        return make_response(render_template_string(_PAGE, problem=str(refusal)), 400)

    @blueprint.route("/connect/oauth2/authorize", methods=["GET", "POST"])
    def authorize() -> Response:
        scope = request.args.get("scope", "")
        if request.args.get("response_type") != "code" or not scope.startswith("snsapi_"):
            raise _Refused("response_type, scope")
        return _log_in(actions, _asked(actions.tenant, needs_agentid=False))

    @blueprint.route("/wwlogin/sso/login", methods=["GET", "POST"])
    def web_login() -> Response:
        if request.args.get("login_type") != "CorpApp":
            raise _Refused("login_type")
        return _log_in(actions, _asked(actions.tenant, needs_agentid=True))

    @blueprint.route("/wwopen/sso/qrConnect", methods=["GET", "POST"])
    def web_login_of_old() -> Response:
        return _log_in(actions, _asked(actions.tenant, needs_agentid=True))

    return blueprint


def _asked(tenant: Tenant, *, needs_agentid: bool) -> _Asked:
    corp = tenant.corps.get(request.args.get("appid", ""))
    if corp is None:
        raise _Refused("appid")
    agentid = request.args.get("agentid")
    apps = [each for each in corp.apps.values() if each.enabled and each.agentid]
    if agentid is not None or needs_agentid:
        apps = [each for each in apps if str(each.agentid) == agentid]
    if not apps:
        raise _Refused("agentid")
    redirect_uri = request.args.get("redirect_uri", "")
    to = urlsplit(redirect_uri)
    trusted = corp.of(Agents).settings(apps[0].name).redirect_domain
    if to.scheme not in {"http", "https"} or trusted not in {"", to.netloc, to.hostname}:
        raise _Refused("50001 redirect_uri 的域名不是应用的可信域名 · not the app's trusted domain")
    return _Asked(
        corp=corp,
        app=apps[0],
        redirect_uri=redirect_uri,
        state=request.args.get("state", ""),
        private=request.args.get("scope") == "snsapi_privateinfo",
    )


def _log_in(actions: AppActions, asked: _Asked) -> Response:
    if request.method == "GET":
        members = list(asked.corp.members.values())
        return make_response(render_template_string(_PAGE, app=asked.app.name, members=members))
    if "cancel" in request.form:
        return _back(asked, {})
    userid = request.form.get("userid", "")
    with actions.tenant.changed:
        if not asked.corp.sees_userid(asked.app, userid):
            raise _Refused(_NO_RIGHT)
        code = actions.open_page(userid, app=asked.app.name, private=asked.private)
    return _back(asked, {"code": code})


def _back(asked: _Asked, answer: dict[str, str]) -> Response:
    """Send the visitor back: the state always goes along, the code only when they agreed."""
    to = urlsplit(asked.redirect_uri)
    more = urlencode({**answer, "state": asked.state})
    query = f"{to.query}&{more}" if to.query else more
    return redirect(urlunsplit(to._replace(query=query)), 303)
