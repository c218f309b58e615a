"""Files that the simulator fetches itself (异步上传临时素材, doc 96219)."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from simulated import NOWHERE, Caller, errcodes, events, tenant, until

from simulator import Simulator

CONTENT = b"a long film" * 1000
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()


class _Files(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = self.path == "/film.mp4"
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(CONTENT) if found else 0))
        self.end_headers()
        self.wfile.write(CONTENT if found else b"")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def files() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Files)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator.running(tenant=tenant(NOWHERE)) as simulator:
        simulator.set_limits({"push_tries": 1})
        yield simulator


def result(caller: Caller, jobid: str) -> dict[str, Any]:
    """Return the result of a job that has ended."""
    until(lambda: caller.post("media/get_upload_by_url_result", jobid=jobid)["status"] != 1)
    return caller.post("media/get_upload_by_url_result", jobid=jobid)


def start(caller: Caller, sim: Simulator, **change: object) -> str:
    """Begin a job and let its time come."""
    body = {"scene": 1, "type": "video", "filename": "film.mp4", "md5": MD5, **change}
    jobid: str = caller.post("media/upload_by_url", **body)["jobid"]
    sim.advance(60)
    return jobid


def test_a_file_is_fetched_and_may_be_sent(sim: Simulator, files: str) -> None:
    contacts = Caller(sim)
    jobid = start(contacts, sim, url=f"{files}/film.mp4")

    answer = result(contacts, jobid)
    until(lambda: events(sim))

    media_id = answer["detail"]["media_id"]
    video = {"media_id": media_id}
    sent = contacts.post(
        "message/send", agentid=1000002, touser="lisi", msgtype="video", video=video
    )
    [event] = events(sim)
    assert (answer["status"], answer["detail"]["errcode"], sent["errcode"]) == (2, 0, 0)
    assert sim.tenant.corp().media[media_id].content == CONTENT
    assert (event["Event"], event["JobId"]) == ("upload_media_job_finish", jobid)


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"url": "{files}/film.mp4", "md5": "0" * 32}, 301019),
        ({"url": "{files}/missing.mp4"}, 830003),
        ({"url": "http://127.0.0.1:9/film.mp4"}, 830003),
        ({"url": "ftp://127.0.0.1/film.mp4"}, 830001),
        ({"url": "film.mp4"}, 830001),
    ],
)
def test_what_cannot_be_fetched_says_why(
    sim: Simulator, files: str, change: dict[str, str], errcode: int
) -> None:
    contacts = Caller(sim)
    url = change["url"].format(files=files)

    answer = result(contacts, start(contacts, sim, **{**change, "url": url}))

    assert (answer["status"], answer["detail"]["errcode"]) == (3, errcode)
    assert answer["detail"]["media_id"] == ""


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"scene": 2}, 40058),
        ({"type": "image"}, 40005),
        ({"filename": ""}, 40058),
        ({"url": ""}, 40058),
        ({"md5": "short"}, 301019),
    ],
)
def test_refuses_jobs_that_cannot_be(
    sim: Simulator, change: dict[str, object], errcode: int
) -> None:
    body = {"scene": 1, "type": "video", "filename": "f", "md5": MD5, "url": "http://a/f"}

    assert Caller(sim).post("media/upload_by_url", **{**body, **change})["errcode"] == errcode


def test_a_job_is_known_for_an_hour_to_the_app_that_began_it(sim: Simulator, files: str) -> None:
    contacts, marketing = Caller(sim), Caller(sim, "simulated-secret-of-the-app-marketing-00001")
    jobid = start(contacts, sim, url=f"{files}/film.mp4")

    strange = marketing.post("media/get_upload_by_url_result", jobid=jobid)
    result(contacts, jobid)
    sim.advance(3600)
    late = contacts.post("media/get_upload_by_url_result", jobid=jobid)

    assert errcodes(strange, late) == [40088, 40088]
