"""Prometheus is told what all processes did, and what stands now; nobody else is told more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from server import ONE_WORKER, Server, running, wait_for

from commands.serving import free_port

DEPLOY = Path(__file__).parents[2] / "deploy"
METRIC = re.compile(r"\bwecom_[a-z_]+")

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, whose counters nobody else touches."""
    with running(tmp_path_factory.mktemp("measured"), "web", ONE_WORKER) as server:
        yield server


def page(server: Server, **headers: str) -> str:
    answer = httpx2.get(f"{server.url}/metrics", headers=headers, trust_env=False)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return answer.text


def total(server: Server, name: str, **labels: str) -> float:
    """Add up the samples of a name that carry these labels."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(page(server))
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def test_counts_in_every_process_what_became_of_a_customer(measured: Server) -> None:
    before = total(measured, "wecom_runs_total", result="sent")

    customer = measured.simulator.add_customer("zhangsan", state="spring-01")
    measured.settled(customer)

    wait_for(
        lambda: total(measured, "wecom_runs_total", result="sent") == before + 1,
        "the worker has counted the welcome",
    )
    event = "change_external_contact.add_external_contact"
    assert total(measured, "wecom_callbacks_total", event=event, outcome="received") >= 1
    assert total(measured, "wecom_ack_seconds_count", app="contacts") >= 1
    assert total(measured, "wecom_welcome_seconds_left_count") >= 1
    assert total(measured, "wecom_welcome_seconds_left_bucket", le="10.0") == 0
    calls = {"endpoint": "externalcontact/send_welcome_msg", "errcode": "0"}
    assert total(measured, "wecom_api_calls_total", **calls) >= 1
    assert total(measured, "wecom_token_fetches_total", app="contacts", errcode="0") >= 1


def test_counts_repeats_and_refusals_apart(measured: Server) -> None:
    refused = {"app": "contacts", "outcome": "malformed_envelope"}
    before = total(measured, "wecom_callbacks_total", **refused)

    httpx2.get(f"{measured.callback_url}?msg_signature=x", trust_env=False)

    assert total(measured, "wecom_callbacks_total", **refused) == before + 1


def test_strangers_cannot_make_it_grow(measured: Server) -> None:
    for number in range(5):
        httpx2.get(f"{measured.url}/callback/made-up-{number}", trust_env=False)

    assert "made-up" not in page(measured)
    assert total(measured, "wecom_callbacks_total", app="", outcome="unknown_app") >= 5


def test_tells_what_stands_now(measured: Server) -> None:
    assert total(measured, "wecom_journal_up") == 1
    assert total(measured, "wecom_journal_bytes") > 10_000
    assert total(measured, "wecom_lane_workers", lane="urgent") == 1
    assert total(measured, "wecom_lane_runs", lane="bulk", state="waiting") == 0
    assert total(measured, "wecom_lane_oldest_seconds", lane="default") == 0


def test_names_nobody_and_shows_no_secret(measured: Server) -> None:
    customer = measured.simulator.add_customer("zhangsan", name="不可见", state="spring-02")
    measured.settled(customer)

    told = page(measured)

    for word in ("zhangsan", "不可见", "spring-02", customer, "access_token="):
        assert word not in told


@pytest.mark.parametrize("path", ["prometheus/alerts.yaml", "grafana/wecom-callback.json"])
def test_what_is_deployed_asks_for_metrics_that_exist(measured: Server, path: str) -> None:
    asked = set(METRIC.findall((DEPLOY / path).read_text(encoding="utf-8")))
    assert asked

    measured.settled(measured.simulator.add_customer("zhangsan", state="spring-01"))

    wait_for(lambda: asked <= set(METRIC.findall(page(measured))), "all that is asked for is told")


def test_the_dashboard_is_json() -> None:
    dashboard = json.loads((DEPLOY / "grafana/wecom-callback.json").read_text(encoding="utf-8"))

    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_asks_for_the_token_that_is_set(tmp_path: Path) -> None:
    with running(tmp_path, "web", metrics_token="sesame") as server:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer ключ"}):
            encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
            answer = httpx2.get(f"{server.url}/metrics", headers=encoded, trust_env=False)
            assert (answer.status_code, answer.content) == (401, b"")

        assert "wecom_journal_up 1.0" in page(server, Authorization="Bearer sesame")


def test_a_worker_can_be_asked_where_no_web_server_is(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, ONE_WORKER, metrics_port=port):
        text = wait_for(lambda: _text(f"http://127.0.0.1:{port}/metrics"), "the worker tells")

    assert "wecom_welcome_seconds_left_count" in text


def _text(url: str) -> str:
    try:
        return httpx2.get(url, trust_env=False).text
    except httpx2.TransportError:
        return ""
