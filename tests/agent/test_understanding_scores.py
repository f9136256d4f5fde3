"""The scorer, and the scores of the rules on our own messages (docs/understanding.md says how they were made)."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from agent.evaluation_understanding import Understood, run, score
from agent.intent import Intent
from agent.rules import understand
from agent.understanding_io import UnderstandingRequest, read_answers, read_requests

MESSAGES = Path(__file__).with_name("understanding_dev.jsonl")


def scores_of(part: str) -> dict[str, Any]:
    lines = [line for line in MESSAGES.read_text(encoding="utf-8").splitlines() if json.loads(line)["part"] == part]
    languages = [json.loads(line)["language"] for line in lines]
    requests = list(read_requests(lines))
    expected = [
        Understood(answer.id, language, answer.intent)
        for answer, language in zip(read_answers(lines), languages, strict=True)
    ]
    intents, milliseconds = run(requests, read_by_rules)
    got = [Understood(item.id, item.language, intent) for item, intent in zip(expected, intents, strict=True)]
    return score(expected, got, ms_per_message=milliseconds)


def read_by_rules(request: UnderstandingRequest) -> Intent:
    return understand(request.message, request.history, request.shown)


@pytest.mark.parametrize(
    ("part", "act", "price", "needs", "refers"),
    [
        ("dev", 0.97, 0.98, 0.96, 0.96),
        ("held_out", 0.95, 0.97, 0.92, 0.93),
        ("held_out_2", 0.9, 0.95, 0.9, 0.9),
    ],
)
def test_scores_on_our_own_messages(part: str, act: float, price: float, needs: float, refers: float) -> None:
    scores = scores_of(part)
    report: list[str] = []
    for language in ("all", "en", "zh"):
        row = scores[language]
        report.append(f"{part} {language} { ({name: round(value, 3) for name, value in row.items()}) }")
    report.append(f"{part} {scores['confusion']} {scores['ms_per_message']:.2f} ms a message")
    sys.stdout.write("\n".join(report) + "\n")
    assert scores["all"]["act_accuracy"] >= act
    assert scores["all"]["price_pair"] >= price
    assert scores["all"]["needs_f1"] >= needs
    assert scores["all"]["refers_to_f1"] >= refers
    assert scores["ms_per_message"] < 10  # 0.2 on an idle core


def test_the_scorer_counts_tokens_sides_prices_and_confusions() -> None:
    expected = [
        Understood("1", "en", Intent(act="recommend", want=("a red tent",), avoid=("nylon",), price_max=50)),
        Understood("2", "zh", Intent(act="ask", refers_to=("第二个",))),
    ]
    got = [
        Understood("2", "zh", Intent(act="refine", refers_to=("第二",))),
        Understood("1", "en", Intent(act="recommend", want=("red tent", "nylon"), price_max=50, price_min=1)),
    ]
    result: dict[str, Any] = score(expected, got)
    assert result["all"]["act_accuracy"] == 0.5
    assert result["confusion"] == {"recommend": {"recommend": 1}, "ask": {"refine": 1}}
    assert result["en"]["needs_f1"] == pytest.approx(2 * 2 / 6)
    assert result["en"]["needs_precision"] == pytest.approx(2 / 3)
    assert result["en"]["price_pair"] == 0.0
    assert result["zh"]["price_pair"] == 1.0
    assert result["zh"]["refers_to_f1"] == pytest.approx(4 / 5)


def test_a_missing_answer_is_an_error_not_a_zero() -> None:
    expected = [Understood("1", "en", Intent(act="ask"))]
    with pytest.raises(ValueError, match="no answer for 1 of 1"):
        score(expected, [])
