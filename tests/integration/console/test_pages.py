"""What the pages show, to whom, and what can be done there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from console_parts import ADDED, NOW, Stage, post, signed_in
from werkzeug.test import TestResponse

from console import Preview, Specimen
from factories import an_external_contact_added
from journal import ClaimedRun, Node, PlannedRun
from journal_factories import (
    CHAT_ID,
    CORPID,
    GREET,
    LEASE,
    TAG,
    a_batch_job,
    a_conclusion,
    a_delivery,
    a_picture,
    a_welcome,
    seconds,
)
from language import Text

EVENT = an_external_contact_added(welcome_code="SECRETCODE", state="spring-gate")
PAGES = (
    "/console/",
    "/console/events",
    "/console/failed",
    "/console/rules",
    "/console/channels",
    "/console/groups",
    "/console/jobs",
    "/console/audit",
)


def record(stage: Stage, *plan: PlannedRun, payload: bytes = EVENT.raw) -> list[ClaimedRun]:
    """Record an event and claim all its runs."""
    recorded = stage.journal.record(
        a_delivery(
            plan=plan or (a_welcome(deadline_at=NOW + seconds(18)),),
            received_at=stage.clock(),
            occurred_at=stage.clock(),
            payload=payload,
        )
    )
    claims = [
        stage.journal.claim(run.run_id, now=stage.clock(), lease=LEASE) for run in recorded.runs
    ]
    return [claimed for claimed in claims if claimed is not None]


def fail(stage: Stage, claimed: ClaimedRun, errcode: int = 84061) -> None:
    stage.journal.conclude(
        a_conclusion(
            claimed,
            "failed",
            started_at=NOW,
            finished_at=NOW + seconds(0.4),
            errcode=errcode,
            error=f"NotExternalContact: mark_tag: errcode {errcode}",
            calls=(("externalcontact/mark_tag", 80.0, errcode),),
        )
    )


TAGGING = PlannedRun(handler=TAG, lane="default")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_of_an_empty_journal_says_so(stage: Stage, path: str, language: str) -> None:
    client = signed_in(stage, "replay", "audit")

    answer = client.get(path, headers={"Accept-Language": language})

    assert answer.status_code == 200
    assert f'lang="{"zh-CN" if language == "zh" else "en"}"' in answer.text


@pytest.mark.parametrize(
    "path",
    [
        *PAGES,
        "/console/sign-in",
        "/console/nothing",
        "/console/events/99",
        "/console/static/console.css",
    ],
)
def test_every_answer_has_the_strict_headers(stage: Stage, path: str) -> None:
    answer = signed_in(stage, "audit").get(path)
    answer.close()

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    if "static" not in path:
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/console/nothing",
        "/console/events/99",
        "/console/events/-1",
        "/console/events/999999999999999999999999",
        "/console/groups/ww1/none",
        "/console/jobs/ww1/none",
        "/console/static/../blueprint.py",
        "/console/%00",
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(stage: Stage, path: str) -> None:
    answer = signed_in(stage).get(path)

    assert answer.status_code == 404
    assert "X-Frame-Options" in answer.headers


def test_now_tells_what_comes_in_and_how_it_ends(stage: Stage) -> None:
    (claimed,) = record(stage)
    stage.journal.conclude(
        a_conclusion(
            claimed, "done", started_at=NOW, finished_at=NOW + seconds(0.25), result="sent"
        )
    )
    (failed,) = record(stage, TAGGING)
    fail(stage, failed)
    stage.journal.record(a_delivery(plan=(TAGGING,), received_at=NOW))
    stage.clock.move(seconds=20)

    page = signed_in(stage).get("/console/").text

    assert "250 ms" in page
    assert "84061" in page
    assert "meaning of 84061" in page
    assert "refused" in page  # the token of the app contacts
    assert "nothing waits" not in page


def test_now_tells_which_processes_are_alive(stage: Stage) -> None:
    node = Node(
        id="a",
        name="host:1",
        role="worker",
        lanes=("urgent",),
        started_at=NOW,
        seen_at=NOW,
        version="0.1.0",
    )
    stage.journal.beat(node)
    stage.journal.beat(replace(node, id="b", name="host:2", seen_at=NOW - timedelta(minutes=5)))

    page = signed_in(stage).get("/console/").text

    assert '<span class="badge done">just now</span>' in page
    assert '<span class="badge failed">5 min ago</span>' in page


def test_lanes_on_which_nobody_works_are_named(stage: Stage) -> None:
    node = Node(
        id="a",
        name="host:1",
        role="worker",
        lanes=("urgent", "bulk"),
        started_at=NOW,
        seen_at=NOW,
        version="0.1.0",
    )
    stage.journal.beat(node)
    stage.journal.beat(
        replace(node, id="b", lanes=("default",), seen_at=NOW - timedelta(minutes=5))
    )
    warning = "No process works on these lanes; what arrives is kept until one does:"

    page = signed_in(stage).get("/console/").text
    stage.journal.beat(replace(node, id="c", lanes=("default",)))

    assert f"{warning} default<" in page
    assert warning not in signed_in(stage, name="later").get("/console/").text


def test_a_page_that_refreshes_itself_gets_its_part_alone(stage: Stage) -> None:
    client = signed_in(stage)

    for path in ("/console/", "/console/events"):
        part = client.get(path, headers={"HX-Request": "true"}).text
        assert "<html" not in part
        assert part.strip()


def test_many_who_look_at_now_ask_the_journal_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(stage)
    client.get("/console/")

    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(stage.journal, "recent_work", refuse)

    assert client.get("/console/").status_code == 200


def test_events_are_found_by_what_is_known_of_them(stage: Stage) -> None:
    stage.journal.record(a_delivery(userid="li", subject="wmA", received_at=NOW))
    stage.journal.record(a_delivery(userid="wang", subject="wmB", received_at=NOW))
    client = signed_in(stage)

    page = client.get("/console/events?subject=wmA").text

    assert "wmA" in page
    assert "wmB" not in page


@pytest.mark.parametrize(
    "query",
    [
        "before=x",
        "before=99999999999999999999999999",
        "before=-1",
        "since=yesterday&until=9999-99-99T00:00",
        "since=0001-01-01T00:00",
        "until=9999-12-31T23:59",
        "subject=%00&userid=%F0%28%8C%28&event=%25_*",
        "status=none&app=none",
        "state=" + "x" * 5000,
    ],
)
def test_hostile_filters_are_no_fault(stage: Stage, query: str) -> None:
    stage.journal.record(a_delivery(received_at=NOW))

    assert signed_in(stage).get(f"/console/events?{query}").status_code == 200


def test_what_strangers_wrote_is_not_markup(stage: Stage) -> None:
    hostile = '"><script>alert(1)</script>'
    stage.journal.record(
        a_delivery(userid=hostile, subject=hostile, event=hostile, app="contacts", received_at=NOW)
    )
    client = signed_in(stage)

    for path in ("/console/events", "/console/events/1"):
        assert "<script>alert" not in client.get(path).text


def test_an_event_shows_its_runs_attempts_and_calls(stage: Stage) -> None:
    (claimed,) = record(stage, TAGGING)
    fail(stage, claimed)

    page = signed_in(stage, "replay").get("/console/events/1").text

    assert "externalcontact/mark_tag" in page
    assert "80 ms" in page
    assert "mend it" in page
    assert "spring-gate" in page


def test_nobody_is_shown_a_welcome_code(stage: Stage) -> None:
    record(stage)

    for permissions in ((), ("personal", "replay", "audit")):
        name = "admin" + "".join(permissions)
        page = signed_in(stage, *permissions, name=name).get("/console/events/1").text
        assert "SECRETCODE" not in page


def test_personal_data_is_shown_to_those_who_may_see_it(stage: Stage) -> None:
    payload = EVENT.raw.replace(b"</xml>", "<Remark>王小明</Remark></xml>".encode())
    record(stage, payload=payload)

    assert "王小明" not in signed_in(stage).get("/console/events/1").text
    assert "王小明" in signed_in(stage, "personal", name="b").get("/console/events/1").text


def test_without_the_permission_no_page_tells_anything_personal(stage: Stage) -> None:
    payload = EVENT.raw.replace(
        b"</xml>",
        "<Item><Name>王小明</Name></Item><Item><Mobile>13812345678</Mobile></Item></xml>".encode(),
    )
    (claimed,) = record(stage, payload=payload)
    fail(stage, claimed)
    stage.journal.store_chat(replace(a_picture("li", "wmA"), name="王小明的群"))
    rows = [{"userid": "li", "name": "王小明", "errcode": 60104, "errmsg": "13812345678 exists"}]
    job = replace(a_batch_job(), total=1, result=rows)
    stage.journal.store_batch_job(job)
    pages = (
        *PAGES,
        "/console/events/1",
        f"/console/groups/{CORPID}/{CHAT_ID}",
        f"/console/jobs/{job.corpid}/{job.job_id}",
    )

    client = signed_in(stage, "audit", "replay")

    for live in ({}, {"HX-Request": "true"}):
        told = "".join(client.get(path, headers=live).text for path in pages)
        assert "王小明" not in told
        assert "13812345678" not in told
        assert "meaning of 60104" in told
        assert "</span> 60104</span>" in told
    seen = signed_in(stage, "personal", name="b")
    assert "王小明的群" in seen.get("/console/groups").text


def test_repeated_pushes_are_told(stage: Stage) -> None:
    new = a_delivery(received_at=NOW)
    for _ in range(3):
        stage.journal.record(new)

    assert "3 ×" in signed_in(stage).get("/console/events/1").text


def test_an_event_is_run_again(stage: Stage) -> None:
    (claimed,) = record(stage, TAGGING)
    stage.journal.conclude(a_conclusion(claimed, "done", result="tagged"))
    client = signed_in(stage, "replay")

    answer = post(client, "/console/events/1/replay")

    assert answer.headers["Location"] == "/console/events/1?again=1"
    assert [run.handler for run in stage.published] == [TAG]
    deed = stage.journal.deeds()[0]
    assert (deed.name, deed.action, deed.target) == ("admin", "replay", "1")


def test_a_welcome_whose_time_is_over_is_not_sent_again(stage: Stage) -> None:
    (claimed,) = record(stage)
    fail(stage, claimed, errcode=60020)
    stage.clock.move(seconds=30)
    client = signed_in(stage, "replay")

    post(client, "/console/events/1/replay")
    post(client, "/console/events/1/retry", handler=GREET)
    post(client, "/console/failed/retry", handler=GREET, status="failed", cause="60020")

    assert stage.published == []
    assert "Try all again" not in client.get("/console/failed").text


def test_failures_are_put_together_by_handler_and_cause(stage: Stage) -> None:
    for errcode in (84061, 84061, 45009):
        (claimed,) = record(stage, TAGGING)
        fail(stage, claimed, errcode)

    page = signed_in(stage).get("/console/failed").text

    assert page.count("Runs: 2") == 1
    assert page.count("Runs: 1") == 1
    assert "mend it" in page


def test_one_handler_is_tried_again_and_its_neighbour_is_left_alone(stage: Stage) -> None:
    first, second = record(stage, TAGGING, PlannedRun(handler="my.other", lane="default"))
    fail(stage, first)
    stage.journal.conclude(a_conclusion(second, "done"))
    client = signed_in(stage, "replay")

    post(client, "/console/events/1/retry", handler=TAG)

    assert [run.handler for run in stage.published] == [TAG]


def test_a_whole_group_is_tried_again(stage: Stage) -> None:
    for _ in range(3):
        (claimed,) = record(stage, TAGGING)
        fail(stage, claimed)
    client = signed_in(stage, "replay")

    answer = post(client, "/console/failed/retry", handler=TAG, status="failed", cause="84061")

    assert answer.headers["Location"] == "/console/failed?again=3"
    assert len(stage.published) == 3
    assert "Nothing has failed." in client.get("/console/failed").text


def test_a_group_that_is_none_is_not_there(stage: Stage) -> None:
    client = signed_in(stage, "replay")

    assert post(client, "/console/failed/retry", handler="x", status="y").status_code == 404


@pytest.mark.parametrize(
    "path", ["/console/events/1/replay", "/console/events/1/retry", "/console/failed/retry"]
)
def test_who_may_only_look_does_nothing(stage: Stage, path: str) -> None:
    (claimed,) = record(stage, TAGGING)
    fail(stage, claimed)
    client = signed_in(stage)

    answer = post(client, path, handler=TAG, status="failed", cause="84061")

    assert answer.status_code == 403
    assert stage.published == []
    for page in ("/console/events/1", "/console/failed"):
        assert "/replay" not in client.get(page).text
        assert "/retry" not in client.get(page).text


def test_the_record_is_for_those_who_may_read_it(stage: Stage) -> None:
    client = signed_in(stage)

    assert client.get("/console/audit").status_code == 403
    assert 'href="/console/audit"' not in client.get("/console/").text


def test_a_rule_can_be_tried(stage: Stage) -> None:
    client = signed_in(stage)
    asked = {"app": "contacts", "event": ADDED, "name": "王小明", "at": "2026-03-02T17:30"}

    page = post(client, "/console/rules", **asked).text

    assert "everybody" in page
    assert "你好 王小明" in page
    assert "Nothing was sent." in page
    assert "matches, but an earlier one goes first" in page
    assert "state: wants shop" in page


@pytest.mark.parametrize("at", ["0001-01-01T00:00", "9999-12-31T23:59", "never"])
def test_a_moment_that_not_every_time_zone_has_is_taken_for_now(stage: Stage, at: str) -> None:
    tried: list[datetime] = []

    def note(specimen: Specimen) -> Preview:
        tried.append(specimen.at)
        return Preview(rulings=(), runs=())

    stage.rules.preview = note  # type: ignore[method-assign]  # what is asked is looked at

    answer = post(signed_in(stage), "/console/rules", app="contacts", event=ADDED, at=at)

    assert answer.status_code == 200
    assert tried == [NOW]


def test_an_endpoint_that_rests_is_shown_with_its_app(stage: Stage) -> None:
    resting = replace(stage.tokens[1], paused=(("externalcontact/mark_tag", NOW + seconds(42.3)),))
    stage.tokens = (stage.tokens[0], resting)

    page = signed_in(stage).get("/console/").text

    assert "rests after 45009" in page
    assert "externalcontact/mark_tag" in page
    assert "in 43 s" in page


def test_an_errcode_is_explained_in_the_language_of_the_reader(stage: Stage) -> None:
    fail(stage, record(stage)[0], errcode=40035)

    page = signed_in(stage).get("/console/failed", headers={"Accept-Language": "zh-CN"}).text

    assert "40035 的含义" in page
    assert "修好它" in page
    assert "meaning of 40035" not in page


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"app": "none", "event": ADDED}, "Choose an app and an event."),
        ({"app": "contacts", "event": "none"}, "Choose an app and an event."),
        ({"app": "contacts", "event": ADDED, "state": "broken"}, "the rules cannot be tried"),
    ],
)
def test_what_cannot_be_tried_is_said(stage: Stage, asked: dict[str, str], said: str) -> None:
    answer = post(signed_in(stage), "/console/rules", **asked)

    assert answer.status_code == 422
    assert said in answer.text


def test_a_refused_rules_file_is_shown_with_its_problems_as_the_reader_speaks(stage: Stage) -> None:
    stage.rules.problems = (Text(en="text: missing", zh="text: 缺少此项"),)
    client = signed_in(stage)

    english = client.get("/console/rules", headers={"Accept-Language": "en"}).text
    chinese = client.get("/console/rules", headers={"Accept-Language": "zh-CN"}).text

    assert "text: missing" in english
    assert "The last good rules stay in force." in english
    assert "text: missing" not in chinese
    assert "text: 缺少此项" in chinese
    assert ("Refused, not in force" in english, "生效中的规则" in chinese) == (True, False)


def test_groups_tell_who_came_and_went(stage: Stage) -> None:
    stage.journal.store_chat(a_picture("li", "wmA", read_at=NOW - seconds(60)))
    stage.journal.store_chat(a_picture("li", "wmB", read_at=NOW))
    client = signed_in(stage)

    listed = client.get("/console/groups").text
    shown = client.get(f"/console/groups/{CORPID}/{CHAT_ID}").text

    assert "Joined 1" in listed
    assert "Left 1" in listed
    assert "wmA" in shown
    assert "wmB" in shown
    assert "客户群" not in client.get("/console/groups?owner=nobody").text


def test_a_batch_job_shows_its_refused_rows_first(stage: Stage) -> None:
    job = replace(
        a_batch_job(),
        total=2,
        result=[
            {"action": 1, "userid": "li", "errcode": 0, "errmsg": "ok"},
            {"action": 1, "userid": "wang", "errcode": 60104, "errmsg": "mobile existed"},
        ],
    )
    stage.journal.store_batch_job(job)
    client = signed_in(stage)

    listed = client.get("/console/jobs").text
    shown = client.get(f"/console/jobs/{job.corpid}/{job.job_id}").text

    assert "rows refused: 1" in listed
    assert shown.index("wang") < shown.index(">action<") or shown.index("wang") < shown.index("li<")
    assert "60104" in shown


def test_language_and_theme_are_remembered(stage: Stage) -> None:
    client = signed_in(stage)

    post(client, "/console/preferences", language="zh", theme="dark")
    page = client.get("/console/").text

    assert 'lang="zh-CN" data-theme="dark"' in page


@pytest.mark.parametrize("values", [{"language": "xx"}, {"theme": "<script>"}, {}])
def test_a_choice_that_is_none_changes_nothing(stage: Stage, values: dict[str, str]) -> None:
    client = signed_in(stage)

    answer: TestResponse = post(client, "/console/preferences", **values)

    assert answer.status_code == 303
    assert "wecom_console_language" not in str(answer.headers)
    assert 'data-theme="auto"' in client.get("/console/").text


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "nowhere", "../../etc/passwd", "/etc/passwd"])
def test_times_are_those_of_the_reader(stage: Stage, zone: str) -> None:
    stage.journal.record(a_delivery(received_at=NOW))
    client = signed_in(stage)
    client.set_cookie("wecom_console_zone", zone, path="/console")

    answer = client.get("/console/events")

    assert answer.status_code == 200
    assert ("17:30:00" in answer.text) or zone != "Asia/Shanghai"
