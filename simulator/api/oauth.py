"""Who opened a page (身份验证 - 网页授权登录)."""

from __future__ import annotations

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.oauth import USER_TICKET_SECONDS, OAuth, OAuthCode

chapter = Chapter()


@chapter.endpoint("GET", "auth/getuserinfo", doc=91023)
def getuserinfo(call: Call) -> dict[str, object]:
    """Return the member behind a code, or the openid of somebody else (获取访问用户身份)."""
    code = _used_code(call)
    if code.userid not in call.corp.members:
        return _stranger(code, "openid")
    answer: dict[str, object] = {"userid": code.userid}
    if code.private:
        oauth = call.corp.of(OAuth)
        answer["user_ticket"] = oauth.issue_user_ticket(call.app.name, code.userid, call.now)
        answer["expires_in"] = USER_TICKET_SECONDS
    return answer


@chapter.endpoint("GET", "user/getuserinfo", doc=91023)
def getuserinfo_of_old(call: Call) -> dict[str, object]:
    """Return the same under the path and with the names of old (获取访问用户身份)."""
    code = _used_code(call)
    if code.userid not in call.corp.members:
        return _stranger(code, "OpenId")
    return {"UserId": code.userid, "DeviceId": ""}


@chapter.endpoint("POST", "auth/getuserdetail", doc=95833)
def getuserdetail(call: Call) -> dict[str, object]:
    """Return what a member agreed to show (获取访问用户敏感信息)."""
    ticket = call.corp.of(OAuth).user_tickets.get(call.text("user_ticket", missing=84015))
    if ticket is None or ticket.app != call.app.name:
        raise CallRefused(84015)
    if call.now >= ticket.expires_at:
        raise CallRefused(84014)
    member = call.member(ticket.userid)
    return {
        "userid": member.userid,
        "gender": str(member.gender),
        "avatar": f"https://wework.qpic.cn/wwhead/{member.userid}/0",
        "qr_code": f"https://open.work.weixin.qq.com/wwopen/userQRCode?vcode={member.userid}",
        "mobile": member.mobile,
        "email": member.email,
        "biz_mail": member.biz_mail,
        "address": member.address,
    }


def _used_code(call: Call) -> OAuthCode:
    """Return the code and forget it: it is good once, for five minutes, for one app."""
    codes = call.corp.of(OAuth).codes
    value = call.text("code", missing=40029)
    code = codes.get(value)
    if code is None or code.app != call.app.name or call.now >= code.expires_at:
        raise CallRefused(40029)
    del codes[value]
    return code


def _stranger(code: OAuthCode, name: str) -> dict[str, object]:
    more = {"external_userid": code.external_userid} if code.external_userid else {}
    return {name: code.openid, **more}
