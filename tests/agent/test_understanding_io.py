"""JSON lines in and out, and errors that say which line and what."""

import json

import pytest

from agent.intent import Intent
from agent.understanding_io import RequestLineError, read_answers, read_requests, to_line


def test_requests_are_read_with_and_without_context() -> None:
    lines = [
        "\n",
        '{"id": 7, "message": "hi"}\n',
        json.dumps(
            {
                "id": "b",
                "message": "",
                "history": [{"role": "user", "content": "x"}],
                "shown": [{"product_id": "p", "title": "T"}],
                "other": 1,
            }
        ),
    ]
    first, second = read_requests(lines)
    assert (first.id, first.message, first.history, first.shown) == ("7", "hi", (), ())
    assert second.history[0].role == "user"
    assert second.shown[0].product_id == "p"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{not json", "not JSON"),
        ("[1]", "expected an object"),
        ('{"id": "a"}', "'message' is missing"),
        ('{"message": "a"}', "'id' is missing"),
        ('{"id": "a", "message": 3}', "'message'"),
        ('{"id": "a", "message": "m", "history": [{"role": "clerk", "content": "x"}]}', "'history.0.role'"),
        ('{"id": "a", "message": "m", "shown": [{"title": "x"}]}', "'shown.0.product_id' is missing"),
    ],
)
def test_a_bad_line_is_named(line: str, told: str) -> None:
    with pytest.raises(RequestLineError) as error:
        list(read_requests(['{"id": "ok", "message": "m"}', "", line]))
    assert str(error.value).startswith("line 3: ")
    assert told in str(error.value)


def test_lines_before_a_bad_one_are_read() -> None:
    stream = read_requests(['{"id": "a", "message": "m"}', "nonsense"])
    assert next(stream).id == "a"
    with pytest.raises(RequestLineError, match="line 2"):
        next(stream)


def test_an_id_used_twice_is_an_error() -> None:
    with pytest.raises(RequestLineError, match="already used on line 1"):
        list(read_requests(['{"id": 1, "message": "m"}', '{"id": "1", "message": "n"}']))


def test_answer_lines_have_the_form_of_the_evaluation_and_read_back() -> None:
    intent = Intent(act="refine", want=("防水",), price_max=300, forget=("price",))
    line = to_line("x1", intent)
    assert "\n" not in line
    assert "防水" in line
    assert list(json.loads(line)) == [
        "id", "act", "want", "avoid", "price_min", "price_max", "refers_to", "sentiment",
    ]  # fmt: skip
    (answer,) = read_answers([line])
    assert answer.id == "x1"
    assert answer.intent == intent.model_copy(update={"forget": ()})


@pytest.mark.parametrize(("line", "told"), [('{"act": "ask"}', "'id' is missing"), ('{"id": "a"}', "'act' is missing")])
def test_a_bad_answer_is_named(line: str, told: str) -> None:
    with pytest.raises(RequestLineError, match=f"line 1: {told}"):
        list(read_answers([line]))
