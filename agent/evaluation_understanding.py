"""How well messages are understood: the scores of the understanding evaluation.

Token F1 is micro-averaged: true positives, found and expected tokens are counted over all messages, then
F1 = 2 tp / (found + expected). English tokens are lower-cased words; Chinese ones are single characters.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter
from typing import NamedTuple

from agent.intent import Intent
from agent.language import Language, fold
from agent.rules_words import word_set
from agent.understanding_io import UnderstandingRequest

_TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+(?:['-][^\W_\u3400-\u9fff]+)*")
_LITTLE = word_set("a an the my some of")
"""Left out of the counts: whether an article stands in a phrase is no matter of understanding."""


class Understood(NamedTuple):
    """One message with what it means.

    Attributes:
        id: joins expected and got.
        language: language of the message.
        intent: the meaning.
    """

    id: str
    language: Language
    intent: Intent


def run(
    requests: Iterable[UnderstandingRequest], understand: Callable[[UnderstandingRequest], Intent]
) -> tuple[list[Intent], float]:
    """Intents of all requests and the mean milliseconds a message took."""
    started = perf_counter()
    intents = [understand(request) for request in requests]
    elapsed = 1000 * (perf_counter() - started)
    return intents, elapsed / max(len(intents), 1)


def score(
    expected: Sequence[Understood], got: Sequence[Understood], *, ms_per_message: float | None = None
) -> dict[str, object]:
    """All scores, overall and per language.

    Args:
        expected: the right answers.
        got: what was understood; joined to ``expected`` by id.
        ms_per_message: mean milliseconds as measured by ``run``; passed through.

    Returns:
        Keys ``all``, ``en``, ``zh`` (languages that occur), each with ``messages``, ``act_accuracy``,
        ``price_pair`` (both bounds exact), ``needs_f1``, ``needs_precision``, ``needs_recall``,
        ``refers_to_f1`` and ``sentiment_accuracy``, all in 0..1;
        ``confusion``: expected act -> got act -> count; ``ms_per_message``.

    Raises:
        ValueError: a message of ``expected`` has no answer in ``got``.
    """
    answers = {item.id: item for item in got}
    missing = [item.id for item in expected if item.id not in answers]
    if missing:
        raise ValueError(f"no answer for {len(missing)} of {len(expected)} messages, the first is id {missing[0]!r}")
    pairs = [(item, answers[item.id].intent) for item in expected]
    result: dict[str, object] = {"all": _scores(pairs)}
    for language in ("en", "zh"):
        if chosen := [pair for pair in pairs if pair[0].language == language]:
            result[language] = _scores(chosen)
    confusion: dict[str, dict[str, int]] = {}
    for item, intent in pairs:
        row = confusion.setdefault(item.intent.act, {})
        row[intent.act] = row.get(intent.act, 0) + 1
    result["confusion"] = confusion
    result["ms_per_message"] = ms_per_message
    return result


def _scores(pairs: Sequence[tuple[Understood, Intent]]) -> dict[str, float]:
    needs = _Overlap()
    references = _Overlap()
    for item, intent in pairs:
        needs.add(_needs(item.intent), _needs(intent))
        references.add(_tokens("", item.intent.refers_to), _tokens("", intent.refers_to))
    count = len(pairs)
    return {
        "messages": float(count),
        "act_accuracy": _share(item.intent.act == intent.act for item, intent in pairs),
        "price_pair": _share(
            (item.intent.price_min, item.intent.price_max) == (intent.price_min, intent.price_max)
            for item, intent in pairs
        ),
        "needs_precision": needs.precision,
        "needs_recall": needs.recall,
        "needs_f1": needs.f1,
        "refers_to_f1": references.f1,
        "sentiment_accuracy": _share(item.intent.sentiment == intent.sentiment for item, intent in pairs),
    }


class _Overlap:
    """Counts of shared, found and expected tokens over many messages."""

    def __init__(self) -> None:
        self._shared, self._found, self._expected = 0, 0, 0

    def add(self, expected: Counter[str], got: Counter[str]) -> None:
        self._shared += (expected & got).total()
        self._found += got.total()
        self._expected += expected.total()

    @property
    def precision(self) -> float:
        return self._shared / self._found if self._found else 1.0

    @property
    def recall(self) -> float:
        return self._shared / self._expected if self._expected else 1.0

    @property
    def f1(self) -> float:
        total = self._found + self._expected
        return 2 * self._shared / total if total else 1.0


def _needs(intent: Intent) -> Counter[str]:
    """Tokens of want and avoid together; a token on the wrong side does not match."""
    return _tokens("+", intent.want) + _tokens("-", intent.avoid)


def _tokens(side: str, phrases: Iterable[str]) -> Counter[str]:
    return Counter(side + token for phrase in phrases for token in _TOKEN.findall(fold(phrase)) if token not in _LITTLE)


def _share(hits: Iterable[bool]) -> float:
    values = list(hits)
    return sum(values) / len(values) if values else 1.0
