import json
import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from agent.events import TurnResult

MakeApp = Callable[..., FastAPI]


@pytest.fixture
def client(make_app: MakeApp, assistant: Any) -> Iterator[TestClient]:
    with TestClient(make_app({"demo": assistant}), raise_server_exceptions=False) as client:
        yield client


def problem(answer: httpx.Response, status: int, name: str) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["type"] == f"urn:because:problem:{name}"
    assert body["status"] == status
    assert body["request_id"] == answer.headers["x-request-id"]
    return body


def test_a_turn_is_the_turn_result_and_the_session_goes_on(client: TestClient, assistant: Any) -> None:
    first = client.post("/api/v1/turns", json={"message": "a tent", "user_id": "U7"})
    assert first.status_code == 200
    assert set(first.json()) == set(TurnResult.model_fields)
    assert TurnResult.model_validate(first.json()).products[0].reasons[0].facts
    session = first.headers["x-session-id"]
    assert uuid.UUID(session).version == 4
    again = client.post("/api/v1/turns", json={"message": "lighter", "session_id": session})
    assert again.headers["x-session-id"] == session
    assert [need.text for need in assistant.sessions[session]] == ["a tent", "lighter"]
    assert assistant.users == ["U7", None]


def test_the_stream_carries_every_event_in_order(client: TestClient) -> None:
    with client.stream("POST", "/api/v1/turns/stream", json={"message": "a tent"}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert uuid.UUID(answer.headers["x-session-id"])
        blocks = [block.split("\n") for block in "".join(answer.iter_text()).split("\n\n") if block]
    kinds = [block[0].removeprefix("event: ") for block in blocks]
    events = [json.loads(block[1].removeprefix("data: ")) for block in blocks]
    assert kinds == [event["kind"] for event in events]
    assert kinds[0] == "status"
    assert kinds[-1] == "finished"
    told = "".join(event["text"] for event in events if event["kind"] == "text")
    assert told == events[-1]["turn"]["reply"]


def test_a_fault_within_a_stream_tells_the_id_only(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    answer = client.post("/api/v1/turns/stream", json={"message": "explode"})
    event = json.loads(answer.text.strip().split("data: ")[1])
    assert event["kind"] == "failed"
    assert answer.headers["x-request-id"] in event["message"]
    assert "secret" not in answer.text
    assert "secret detail" in caplog.text


def test_a_fault_is_a_problem_without_internals(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = client.post("/api/v1/turns", json={"message": "explode"})
    body = problem(answer, 500, "internal")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert body["request_id"] in caplog.text


@pytest.mark.parametrize(
    ("body", "where", "hint"),
    [
        ({"message": "   "}, "body.message", "Write what the shopper is looking for."),
        ({"message": "x" * 20_000}, "body.message", "Shorten it to 4000 characters."),
        ({}, "body.message", "Add this member."),
        ({"message": "x", "session_id": "../../etc/passwd"}, "body.session_id", "Leave it out to begin a session"),
        ({"message": "x", "colour": "red"}, "body.colour", "Leave this member out"),
        ({"message": ["x"]}, "body.message", "See /api/v1/openapi.json."),
    ],
)
def test_invalid_requests_say_what_where_and_what_to_do(
    client: TestClient, body: dict[str, Any], where: str, hint: str
) -> None:
    found = problem(client.post("/api/v1/turns", json=body), 422, "invalid-request")
    assert [part["where"] for part in found["errors"]] == [where]
    assert found["errors"][0]["hint"].startswith(hint)


def test_broken_json(client: TestClient) -> None:
    answer = client.post("/api/v1/turns", content=b'{"message": ', headers={"content-type": "application/json"})
    assert problem(answer, 422, "invalid-request")["errors"][0]["hint"] == "Send a JSON object, in UTF-8."


def test_unknown_shop_names_the_shops(client: TestClient) -> None:
    answer = client.post("/api/v1/turns", json={"message": "x", "shop": "nowhere"})
    assert problem(answer, 404, "unknown-shop")["detail"] == "There is no shop 'nowhere'. Shops: demo."


def test_products(client: TestClient) -> None:
    answer = client.get("/api/v1/products/T-1")
    assert answer.json()["title"] == "Norrvik Trail Pack 28 litres, waterproof, slate"
    assert answer.json()["attributes"]["brand"] == ["Norrvik"]
    for wrong in ("T-999", "%2e%2e/%2e%2e/etc/passwd", "a/b"):
        problem(client.get(f"/api/v1/products/{wrong}"), 404, "unknown-product")


def test_shops(client: TestClient) -> None:
    (shop,) = client.get("/api/v1/shops").json()
    assert (shop["name"], shop["synthetic"], shop["products"]) == ("demo", True, 2400)


def test_a_body_over_64_kb_is_refused_stated_or_not(client: TestClient) -> None:
    large = json.dumps({"message": "x" * 70_000}).encode()

    def pieces() -> Iterator[bytes]:
        yield large[:40_000]
        yield large[40_000:]

    problem(client.post("/api/v1/turns", content=large), 413, "body-too-large")
    problem(client.post("/api/v1/turns", content=pieces()), 413, "body-too-large")
    small = client.post(
        "/api/v1/turns", content=iter([b'{"message":', b' "a tent"}']), headers={"content-type": "application/json"}
    )
    assert small.status_code == 200


def test_health_and_readiness(make_app: MakeApp, assistant: Any) -> None:
    state = {"ready": False}
    with TestClient(make_app({"demo": assistant}, ready=lambda: state["ready"])) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        problem(client.get("/readyz"), 503, "not-ready")
        state["ready"] = True
        assert client.get("/readyz").json() == {"status": "ready"}


def test_unknown_operations_of_the_api_are_problems(client: TestClient) -> None:
    problem(client.get("/api/v1/turns"), 404, "no-such-operation")
    problem(client.post("/api/v1/nothing", json={}), 404, "no-such-operation")
    assert client.get("/api/v1/openapi.json").json()["info"]["title"] == "Because"


def test_every_answer_has_the_security_headers_and_none_opens_cors(client: TestClient) -> None:
    origin = {"origin": "https://elsewhere.example"}
    for path in ("/", "/healthz", "/api/v1/shops", "/api/v1/products/none", "/config", "/api/v1/openapi.json"):
        answer = client.get(path, headers=origin)
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert answer.headers["referrer-policy"] == "no-referrer", path
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], path
        assert "access-control-allow-origin" not in answer.headers, path


def test_the_page_names_no_outside_script_or_style(client: TestClient) -> None:
    page = client.get("/").text
    for line in page.splitlines():
        if "<script" in line or "<link" in line:
            assert "http://" not in line.replace("http://testserver", "")
            assert "https://" not in line
    assert client.get("/docs").status_code == 404 or "cdn" not in client.get("/docs").text


def test_a_shop_title_cannot_break_out_of_the_page(make_app: MakeApp, another_assistant: Any) -> None:
    title = "</script><script>alert(1)</script>"
    with TestClient(make_app({"x": another_assistant("x", title)})) as client:
        assert "<script>alert(1)" not in client.get("/").text


def test_two_shops(make_app: MakeApp, another_assistant: Any) -> None:
    one, two = another_assistant("one"), another_assistant("two")
    with TestClient(make_app({"one": one, "two": two})) as client:
        client.post("/api/v1/turns", json={"message": "x"})
        client.post("/api/v1/turns", json={"message": "y", "shop": "two"})
    assert [[n.text for n in needs] for needs in one.sessions.values()] == [["x"]]
    assert [[n.text for n in needs] for needs in two.sessions.values()] == [["y"]]


def test_a_reader_who_leaves_mid_stream_closes_the_turn(make_app: MakeApp, serve: Any, assistant: Any) -> None:
    with serve(make_app({"demo": assistant})) as served:
        with httpx.stream("POST", f"{served.url}/api/v1/turns/stream", json={"message": "slow"}) as answer:
            assert next(answer.iter_text()).startswith("event: status")
        assert assistant.closed.wait(10)
        assert not assistant.go_on.is_set()


def test_a_slow_turn_holds_up_nobody(make_app: MakeApp, serve: Any, assistant: Any) -> None:
    with serve(make_app({"demo": assistant})) as served:
        answers: list[int] = []
        slow = threading.Thread(
            target=lambda: answers.append(
                httpx.post(f"{served.url}/api/v1/turns", json={"message": "slow"}, timeout=20).status_code
            )
        )
        slow.start()
        for _ in range(5):
            assert httpx.post(f"{served.url}/api/v1/turns", json={"message": "quick"}, timeout=10).status_code == 200
        assert slow.is_alive()
        assistant.go_on.set()
        slow.join(timeout=20)
        assert answers == [200]
