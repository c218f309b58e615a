"""The door of the console: who comes in, and how hard it is for everybody else."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from console_parts import PASSWORD, Stage, csrf_of, post, sign_in, signed_in
from flask.testing import FlaskClient

from console import OAuth
from errors import APIError, APIUnreachable, JournalUnavailable, WeComError

PAGES = (
    "/console/",
    "/console/events",
    "/console/events/1",
    "/console/failed",
    "/console/rules",
    "/console/channels",
    "/console/groups",
    "/console/jobs",
    "/console/audit",
)


def cookie(answer: Any, name: str) -> str:  # noqa: ANN401 - werkzeug's response
    (found,) = [
        each for each in answer.headers.getlist("Set-Cookie") if each.startswith(f"{name}=")
    ]
    return str(found)


def by_wecom(*members: str, userid: str = "li") -> OAuth:
    return OAuth(
        console_url="https://console.example.com/console",
        login_url=lambda way, back, state: (
            "https://wecom.example.com/?"
            + urlencode({"way": way, "redirect_uri": back, "state": state})
        ),
        userid_of=lambda _code: userid,
        members=frozenset(members),
        permissions=frozenset({"audit"}),
    )


def test_without_a_user_the_console_tells_how_to_make_one(stage: Stage) -> None:
    answer = stage.client().get("/console/", follow_redirects=True)

    assert answer.status_code == 200
    assert "wecom-callback console passwd" in answer.text
    assert 'name="password"' not in answer.text


def test_there_is_no_default_password(stage: Stage) -> None:
    client = stage.client()
    token = csrf_of(client.get("/console/sign-in").text)

    for password in ("", "admin", "password", "nobody"):
        data = {"name": "admin", "password": password, "csrf": token}
        assert client.post("/console/sign-in", data=data).status_code == 403


@pytest.mark.parametrize("path", PAGES)
def test_no_page_opens_without_signing_in(stage: Stage, path: str) -> None:
    stage.add_user()

    answer = stage.client().get(path)

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/console/sign-in?next=")


def test_a_page_that_refreshes_itself_is_sent_to_the_door_and_back_again(stage: Stage) -> None:
    stage.add_user()
    client = stage.client()

    answer = client.get("/console/events?userid=li", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.data) == (401, b"")
    there = answer.headers["HX-Redirect"]
    assert there == "/console/sign-in?problem=ended&next=/console/events?userid%3Dli"
    assert "Your session has ended" in client.get(there).text


def test_whoever_signs_in_comes_where_they_wanted_to_go(stage: Stage) -> None:
    stage.add_user()

    answer = sign_in(stage.client(), next="/console/events?userid=li")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/events?userid=li")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example.com/",
        "//evil.example.com/console/",
        "/console//evil.example.com",
        "/console/\\evil",
        "/callback/contacts",
        "/console/\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "",
    ],
)
def test_nobody_is_sent_elsewhere(stage: Stage, elsewhere: str) -> None:
    stage.add_user()

    answer = sign_in(stage.client(), next=elsewhere)

    assert answer.headers["Location"] == "/console/"


@pytest.mark.parametrize(
    ("name", "password"),
    [("admin", "wrong"), ("admin", ""), ("nobody", PASSWORD), ("", ""), ("admin", PASSWORD * 20)],
)
def test_a_wrong_name_and_a_wrong_password_look_alike(
    stage: Stage, name: str, password: str
) -> None:
    stage.add_user()

    answer = sign_in(stage.client(), name, password)

    assert answer.status_code == 403
    assert "Name or password is wrong." in answer.text
    assert "wecom_console=" not in str(answer.headers)


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(stage: Stage) -> None:
    stage.add_user()

    header = cookie(sign_in(stage.client()), "wecom_console")

    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert "Path=/console" in header
    assert "Secure" not in header


def test_behind_https_the_cookies_are_secure(stage: Stage) -> None:
    stage.secure = True
    stage.add_user()
    client = stage.client()
    page = client.get("/console/sign-in", base_url="https://c.example.com")

    assert "Secure" in cookie(page, "wecom_console_visitor")


def test_behind_https_the_session_is_secure_too(stage: Stage) -> None:
    stage.secure = True
    stage.add_user()
    client = stage.client()
    url = "https://c.example.com"
    token = csrf_of(client.get("/console/sign-in", base_url=url).text)

    answer = client.post(
        "/console/sign-in",
        data={"name": "admin", "password": PASSWORD, "csrf": token},
        base_url=url,
    )

    assert "Secure" in cookie(answer, "wecom_console")


def test_a_session_that_somebody_else_chose_is_not_taken_over(stage: Stage) -> None:
    stage.add_user()
    client = stage.client()
    client.set_cookie("wecom_console", "chosen-by-somebody-else", path="/console")

    assert sign_in(client).status_code == 303

    value = client.get_cookie("wecom_console", path="/console")
    assert value is not None
    assert value.value != "chosen-by-somebody-else"
    other = stage.client()
    other.set_cookie("wecom_console", "chosen-by-somebody-else", path="/console")
    assert other.get("/console/").status_code == 303


@pytest.mark.parametrize("host", ["evil.example.com", "evil.example.com:8080"])
def test_a_made_up_host_leads_nobody_elsewhere(stage: Stage, host: str) -> None:
    stage.add_user()

    answer = stage.client().get("/console/events", base_url=f"http://{host}/")

    assert answer.headers["Location"].startswith("/console/sign-in?")
    assert "evil" not in stage.client().get("/console/sign-in", base_url=f"http://{host}/").text


def test_the_journal_holds_a_hash_of_the_session_and_not_the_cookie(stage: Stage) -> None:
    stage.add_user()
    client = stage.client()
    header = cookie(sign_in(client), "wecom_console")
    value = header.partition("=")[2].partition(";")[0]

    assert len(value) >= 43
    assert stage.journal.session(value) is None


def test_signing_out_ends_the_session_for_good(stage: Stage) -> None:
    client = signed_in(stage)
    kept = client.get_cookie("wecom_console", path="/console")
    assert kept is not None

    answer = post(client, "/console/sign-out")
    client.set_cookie("wecom_console", kept.value, path="/console")

    assert answer.status_code == 303
    assert client.get("/console/").status_code == 303


def test_a_session_nobody_uses_ends_after_an_hour(stage: Stage) -> None:
    client = signed_in(stage)

    stage.clock.move(minutes=59)
    assert client.get("/console/rules").status_code == 200
    stage.clock.move(minutes=59)
    assert client.get("/console/rules").status_code == 200
    stage.clock.move(minutes=61)

    assert client.get("/console/rules").status_code == 303


def test_a_page_that_refreshes_itself_does_not_keep_a_session_alive(stage: Stage) -> None:
    client = signed_in(stage)

    for _ in range(3):
        stage.clock.move(minutes=25)
        client.get("/console/", headers={"HX-Request": "true"})

    assert client.get("/console/rules").status_code == 303


def test_every_session_ends_after_twelve_hours(stage: Stage) -> None:
    client = signed_in(stage)

    for _ in range(24):
        stage.clock.move(minutes=30)
        last = client.get("/console/rules").status_code
    assert last == 200
    stage.clock.move(minutes=1)

    assert client.get("/console/rules").status_code == 303


def test_a_new_password_ends_the_sessions_of_the_old_one(stage: Stage) -> None:
    client = signed_in(stage)

    stage.clock.move(seconds=1)
    stage.add_user("admin", password="another fine password")

    assert client.get("/console/").status_code == 303
    assert sign_in(client, "admin", "another fine password").status_code == 303


def test_a_user_who_is_removed_is_out_at_once(stage: Stage) -> None:
    client = signed_in(stage)

    assert stage.journal.remove_user("admin")

    assert client.get("/console/").status_code == 303


def test_after_ten_wrong_passwords_a_name_has_to_wait(stage: Stage) -> None:
    stage.add_user()
    client = stage.client()
    for _ in range(10):
        assert sign_in(client, "admin", "wrong").status_code == 403

    assert sign_in(client, "ADMIN", "wrong").status_code == 429
    assert sign_in(client).status_code == 429
    stage.clock.move(minutes=15)

    assert sign_in(client).status_code == 303


def test_after_thirty_tries_an_address_has_to_wait(stage: Stage) -> None:
    stage.add_user()
    client = stage.client()
    for number in range(30):
        assert sign_in(client, f"name{number}", "wrong").status_code == 403

    assert sign_in(client, "another", "wrong").status_code == 429
    elsewhere = stage.client()
    elsewhere.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    assert sign_in(elsewhere).status_code == 303


def test_an_office_behind_one_address_may_sign_in_however_many_they_are(stage: Stage) -> None:
    stage.add_user()

    assert {sign_in(stage.client()).status_code for _ in range(32)} == {303}


def test_the_own_password_does_not_buy_tries_at_those_of_others(stage: Stage) -> None:
    stage.add_user()
    for number in range(30):
        assert sign_in(stage.client(), f"name{number}", "wrong").status_code == 403
        if number == 20:
            assert sign_in(stage.client()).status_code == 303

    assert sign_in(stage.client(), "another", "wrong").status_code == 429


def test_behind_a_proxy_of_this_machine_the_address_is_that_of_the_visitor(stage: Stage) -> None:
    stage.add_user()
    client = stage.client()
    client.environ_base["HTTP_X_FORWARDED_FOR"] = "spoofed, 203.0.113.9"

    sign_in(client, "admin", "wrong")

    assert stage.journal.deeds()[0].address == "203.0.113.9"


@pytest.mark.parametrize(
    ("told", "peer", "seen"),
    [
        ("198.51.100.7, 203.0.113.9", "172.18.0.1", "203.0.113.9"),
        ("198.51.100.7, 203.0.113.9, 172.18.0.5", "172.18.0.1", "203.0.113.9"),
        ("203.0.113.9", "::ffff:172.18.0.1", "203.0.113.9"),
        ("203.0.113.9", "127.0.0.1", "127.0.0.1"),
        ("", "172.18.0.1", "172.18.0.1"),
        (" , ", "172.18.0.1", "172.18.0.1"),
        ("no address", "172.18.0.1", "no address"),
        ("203.0.113.9", "unix:", "unix:"),
    ],
)
def test_only_the_proxies_we_trust_tell_whom_they_stand_for(
    stage: Stage, told: str, peer: str, seen: str
) -> None:
    stage.trusted_proxies = ("172.16.0.0/12",)
    stage.add_user()
    client = stage.client()
    client.environ_base |= {"HTTP_X_FORWARDED_FOR": told, "REMOTE_ADDR": peer}

    sign_in(client, "admin", "wrong")

    assert stage.journal.deeds()[0].address == seen


def test_a_visitor_from_afar_cannot_choose_an_address(stage: Stage) -> None:
    stage.add_user()
    client = stage.client()
    client.environ_base |= {"HTTP_X_FORWARDED_FOR": "1.1.1.1", "REMOTE_ADDR": "203.0.113.9"}

    sign_in(client, "admin", "wrong")

    assert stage.journal.deeds()[0].address == "203.0.113.9"


def test_the_right_password_forgives_the_wrong_ones(stage: Stage) -> None:
    stage.add_user()
    client = stage.client()
    for _ in range(9):
        sign_in(client, "admin", "wrong")
    sign_in(client)

    fresh = stage.client()
    for _ in range(9):
        assert sign_in(fresh, "admin", "wrong").status_code == 403


@pytest.mark.parametrize("token", [None, "", "0" * 64, "ü"])
@pytest.mark.parametrize(
    "path",
    [
        "/console/sign-in",
        "/console/sign-out",
        "/console/preferences",
        "/console/rules",
        "/console/failed/retry",
        "/console/events/1/replay",
        "/console/events/1/retry",
    ],
)
def test_no_form_is_taken_without_its_token(stage: Stage, path: str, token: str | None) -> None:
    client = signed_in(stage, "replay")
    data = {} if token is None else {"csrf": token}

    assert client.post(path, data=data).status_code == 403


def test_every_form_there_is_wants_a_token(stage: Stage) -> None:
    stage.add_user("admin", "replay", "personal", "audit")
    app = stage.app()
    client = app.test_client()
    sign_in(client)
    paths = {
        rule.rule.replace("<int:delivery_id>", "1")
        for rule in app.url_map.iter_rules()
        if rule.methods and rule.methods - {"GET", "HEAD", "OPTIONS"}
    }

    answers = {path: client.post(path, data={"csrf": "0" * 64}).status_code for path in paths}

    assert len(answers) >= 7
    assert set(answers.values()) == {403}


@pytest.mark.parametrize("form", ["multipart/form-data", "application/x-www-form-urlencoded"])
def test_a_form_that_is_too_large_is_not_read(stage: Stage, form: str) -> None:
    stage.add_user()
    file = (BytesIO(b"x" * 70_000), "file") if form.startswith("multipart") else "x" * 70_000

    answer = stage.client().post("/console/sign-in", data={"file": file}, content_type=form)

    assert answer.status_code == 413
    assert "Traceback" not in answer.text


def test_the_token_of_another_session_is_worth_nothing(stage: Stage) -> None:
    client = signed_in(stage, "replay")
    other = signed_in(stage, "replay", name="other")
    token = csrf_of(other.get("/console/rules").text)

    assert client.post("/console/rules", data={"csrf": token}).status_code == 403


def test_the_token_from_before_signing_in_ends_with_it(stage: Stage) -> None:
    stage.add_user("admin", "replay")
    client = stage.client()
    before = csrf_of(client.get("/console/sign-in").text)
    sign_in(client)

    assert client.post("/console/rules", data={"csrf": before}).status_code == 403


def go_to_wecom(client: FlaskClient, query: str = "") -> dict[str, str]:
    """Go to WeCom from a browser; return where to, what comes back and the way."""
    answer = client.get(f"/console/wecom{query}")
    assert answer.status_code == 303
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def come_back(client: FlaskClient, **query: str) -> str:
    """Come back from WeCom; return where that leads."""
    answer = client.get("/console/wecom/back", query_string=query)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def test_a_member_on_the_list_signs_in_through_wecom(stage: Stage) -> None:
    stage.oauth = by_wecom("li")
    client = stage.client()
    state = go_to_wecom(client)["state"]

    there = come_back(client, code="CODE", state=state)

    assert there == "/console/"
    assert client.get("/console/audit").status_code == 200
    assert "CODE" not in client.get("/console/audit").text


def test_whoever_went_to_wecom_comes_where_they_wanted_to_go(stage: Stage) -> None:
    stage.oauth = by_wecom("li")
    client = stage.client()
    gone = go_to_wecom(client, "?next=/console/events%3Fuserid%3Dli")
    back = urlsplit(gone["redirect_uri"])

    assert (back.netloc, back.path) == ("console.example.com", "/console/wecom/back")
    there = come_back(client, code="C", state=gone["state"], **dict(parse_qsl(back.query)))
    assert there == "/console/events?userid=li"


def test_wecom_sends_nobody_elsewhere(stage: Stage) -> None:
    stage.oauth = by_wecom("li")
    client = stage.client()
    gone = go_to_wecom(client, "?next=//evil.example.com/")

    assert "evil" not in str(gone)
    assert come_back(client, code="C", state=gone["state"], next="//evil.example.com/") == (
        "/console/"
    )


@pytest.mark.parametrize(
    ("agent", "way", "other"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120 Safari/537.36", "scan", "inside"),
        ("Mozilla/5.0 Chrome/120 wxwork/4.1.28 MicroMessenger/7.0.1 Language/zh", "inside", "scan"),
        ("Mozilla/5.0 (iPhone) Mobile/15E148 WXWORK/4.1", "inside", "scan"),
        ("Mozilla/5.0 (iPhone) MicroMessenger/8.0.49", "inside", "scan"),
        ("", "scan", "inside"),
    ],
)
def test_the_door_offers_first_what_fits_the_browser(
    stage: Stage, agent: str, way: str, other: str
) -> None:
    stage.oauth = by_wecom("li")

    page = stage.client().get("/console/sign-in", headers={"User-Agent": agent}).text

    first, second = (
        page.index(f"https://console.example.com/console/wecom?way={each}&amp;")
        for each in (way, other)
    )
    assert first < second


@pytest.mark.parametrize("way", ["inside", "scan"])
def test_the_chosen_way_is_taken(stage: Stage, way: str) -> None:
    stage.oauth = by_wecom("li")

    assert go_to_wecom(stage.client(), f"?way={way}")["way"] == way


@pytest.mark.parametrize("userid", ["wang", ""])
def test_a_member_who_is_not_on_the_list_stays_outside(stage: Stage, userid: str) -> None:
    stage.oauth = by_wecom("li", userid=userid)
    client = stage.client()
    state = go_to_wecom(client)["state"]

    there = come_back(client, code="C", state=state)

    assert "you are not on the list" in client.get(there).text
    assert client.get("/console/").status_code == 303
    (deed,) = stage.journal.deeds()
    assert (deed.name, deed.outcome) == (userid, "refused")


@pytest.mark.parametrize("query", ["", "code=C", "code=C&state=", "code=C&state=" + "0" * 64])
def test_nobody_comes_back_who_did_not_go_from_here(stage: Stage, query: str) -> None:
    stage.oauth = by_wecom("li")
    client = stage.client()
    go_to_wecom(client)

    there = come_back(client, **dict(parse_qsl(query)))

    assert "did not begin in this browser" in client.get(there).text
    assert client.get("/console/").status_code == 303


def test_the_way_of_one_browser_does_not_sign_in_another(stage: Stage) -> None:
    stage.oauth = by_wecom("li")
    state = go_to_wecom(stage.client())["state"]
    other = stage.client()

    come_back(other, code="C", state=state)

    assert other.get("/console/").status_code == 303


def test_whoever_refuses_in_wecom_is_told_so(stage: Stage) -> None:
    stage.oauth = by_wecom("li")
    client = stage.client()

    there = come_back(client, state=go_to_wecom(client)["state"])

    assert "You refused the sign-in" in client.get(there).text


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (APIError(40029, "invalid code"), "used already or is older"),
        (APIError(42003, "expired"), "used already or is older"),
        (APIError(60020, "not allow to access from your ip"), "could not be asked"),
        (APIUnreachable(), "could not be asked"),
    ],
)
def test_a_code_that_tells_nothing_is_explained(stage: Stage, error: WeComError, said: str) -> None:
    def refused(_code: str) -> str:
        raise error

    stage.oauth = replace(by_wecom("li"), userid_of=refused)
    client = stage.client()

    there = come_back(client, code="SPENT", state=go_to_wecom(client)["state"])

    page = client.get(there).text
    assert said in page
    assert "SPENT" not in there + page
    (deed,) = stage.journal.deeds()
    assert (deed.name, deed.target, deed.outcome) == ("", "wecom", "refused")


def test_after_thirty_codes_an_address_has_to_wait_and_that_is_noted_once(stage: Stage) -> None:
    stage.oauth = by_wecom("li", userid="wang")
    client = stage.client()
    state = go_to_wecom(client)["state"]
    for _ in range(30):
        come_back(client, code="C", state=state)

    query = {"code": "C", "state": state}
    answers = [client.get("/console/wecom/back", query_string=query) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [429, 429, 429]
    assert [deed.outcome for deed in stage.journal.deeds()] == ["too_many", *["refused"] * 30]


def test_a_problem_that_is_none_is_not_shown(stage: Stage) -> None:
    stage.add_user()

    page = stage.client().get("/console/sign-in?problem=title").text

    assert 'role="alert"' not in page


def test_a_member_taken_off_the_list_is_out_at_once(stage: Stage) -> None:
    stage.oauth = by_wecom("li")
    client = stage.client()
    come_back(client, code="C", state=go_to_wecom(client)["state"])
    value = client.get_cookie("wecom_console", path="/console")
    assert value is not None

    stage.oauth = by_wecom("wang")
    other = stage.client()
    other.set_cookie("wecom_console", value.value, path="/console")

    assert other.get("/console/").status_code == 303


@pytest.mark.parametrize("path", ["/console/wecom", "/console/wecom/back?code=C&state=x"])
def test_without_an_app_there_is_no_way_through_wecom(stage: Stage, path: str) -> None:
    assert stage.client().get(path).status_code == 404


def test_who_tried_and_who_came_in_is_written_down(stage: Stage) -> None:
    stage.add_user("admin", "audit")
    client = stage.client()
    sign_in(client, "admin", "wrong")
    sign_in(client)

    page = client.get("/console/audit").text

    assert [(deed.action, deed.outcome) for deed in stage.journal.deeds()] == [
        ("sign_in", "done"),
        ("sign_in", "refused"),
    ]
    assert PASSWORD not in page
    assert "wrong" not in page


def test_a_password_typed_as_a_name_is_not_written_down(stage: Stage) -> None:
    client = signed_in(stage, "audit")

    sign_in(stage.client(), PASSWORD, "")

    assert PASSWORD not in client.get("/console/audit").text
    assert (stage.journal.deeds()[0].name, stage.journal.deeds()[0].outcome) == ("", "refused")


def test_a_journal_that_is_away_is_said_without_a_trace(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(stage)

    def away(_session_id: str) -> None:
        raise JournalUnavailable

    monkeypatch.setattr(stage.journal, "session", away)
    answer = client.get("/console/")

    assert answer.status_code == 503
    assert "Traceback" not in answer.text
