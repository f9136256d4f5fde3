"""Holding a language model to the shopper's own words, and joining its intent with the rules' one."""

import re
import unicodedata
from collections.abc import Iterable

from agent.intent import Intent
from agent.language import fold, has_chinese
from agent.numbers import find_numbers
from agent.prices import AROUND
from agent.rules_english import is_frame_word

_WORD = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")
_RESERVED = frozenset({"price", "everything"})


def keep_own_words(intent: Intent, message: str) -> tuple[Intent, tuple[str, ...]]:
    """Drops everything of an intent that the shopper did not say.

    A phrase stays when its words stand side by side in the message, whatever the case, width or punctuation;
    single Chinese characters count as words. A price stays when the message holds that number ("1.2k",
    "two hundred", "两百"), or one that "around" makes into it. The act and the sentiment stay as they are.

    Args:
        intent: mostly a language model's.
        message: the message it was made from.

    Returns:
        The intent with only own words, and what was dropped: phrases as they stood, prices as ``price_min=20``.
    """
    haystack = _spaced(message)
    dropped: list[str] = []

    def kept(phrases: Iterable[str], *, reserved: bool = False) -> tuple[str, ...]:
        result: dict[str, None] = {}
        for phrase in phrases:
            needle = _spaced(phrase)
            if (reserved and phrase in _RESERVED) or (needle.strip() and needle in haystack):
                result[phrase.strip()] = None
            else:
                dropped.append(phrase)
        return tuple(result)

    prices = _said_prices(message)
    bounds: dict[str, float | None] = {}
    for name, value in (("price_min", intent.price_min), ("price_max", intent.price_max)):
        bounds[name] = value if value is None or round(value, 2) in prices else None
        if value is not None and bounds[name] is None:
            dropped.append(f"{name}={value:g}")
    cleaned = intent.model_copy(
        update={
            "want": kept(intent.want),
            "avoid": kept(intent.avoid),
            "refers_to": kept(intent.refers_to),
            "forget": kept(intent.forget, reserved=True),
            **bounds,
        }
    )
    return cleaned, tuple(dropped)


def merge(rules: Intent, model: Intent) -> Intent:
    """The rules' intent enriched with what a model saw beyond it.

    Act, sentiment, prices, mentions and take-backs of the rules win; the model fills mentions, take-backs and prices
    only where the rules found none at all. Of its phrases those are added that share no word with any phrase of the
    rules, contain more than function words, and are not wanted and avoided at once (avoid wins); and only to a message
    that asks for products, since a question or an opinion makes no need.

    Args:
        rules: from ``rules.understand``.
        model: after ``keep_own_words``.
    """
    if rules.act in {"smalltalk", "out_of_scope"}:
        return rules
    taken = {word for phrase in (*rules.want, *rules.avoid, *rules.refers_to, *rules.forget) for word in _words(phrase)}
    takes_needs = rules.act in {"recommend", "refine"}
    avoid = _additions(model.avoid if takes_needs else (), taken)
    taken |= {word for phrase in avoid for word in _words(phrase)}
    want = _additions(model.want if takes_needs else (), taken)
    no_price = rules.price_min is None and rules.price_max is None and "price" not in rules.forget
    return rules.model_copy(
        update={
            "want": (*rules.want, *want),
            "avoid": (*rules.avoid, *avoid),
            "price_min": model.price_min if no_price else rules.price_min,
            "price_max": model.price_max if no_price else rules.price_max,
            "refers_to": rules.refers_to or model.refers_to,
            "forget": rules.forget or model.forget,
        }
    )


def _additions(phrases: Iterable[str], taken: set[str]) -> tuple[str, ...]:
    added: list[str] = []
    seen = set(taken)
    for phrase in phrases:
        words = _words(phrase)
        if words and not words & seen:
            added.append(phrase)
            seen |= words
    return tuple(added)


def _words(phrase: str) -> set[str]:
    """Telling words of a phrase; Chinese as pairs of characters, since single ones recur by chance."""
    folded = fold(phrase)
    words = {word for word in re.findall(r"[^\W_\u3400-\u9fff]+", folded) if not is_frame_word(word)}
    if has_chinese(folded):
        for run in re.findall(r"[\u3400-\u9fff]+", folded):
            words |= {run[index : index + 2] for index in range(max(len(run) - 1, 1))}
    return words


def _spaced(text: str) -> str:
    normal = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return f" {' '.join(_WORD.findall(normal))} "


def _said_prices(message: str) -> set[float]:
    said: set[float] = set()
    scales: set[int] = set()
    for number in find_numbers(fold(message)):
        said.add(round(number.value, 2))
        scales.add(number.scale)
        if number.upper is not None:
            said.add(round(number.upper, 2))
    said |= {round(value * scale, 2) for value in list(said) for scale in scales}
    return said | {round(value * (1 + sign * AROUND), 2) for value in said for sign in (-1, 1)}
