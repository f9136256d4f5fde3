"""Is a sentence in its facts? What a model wrote is shown only if every word of it can be traced.

The rule is strict on purpose: a small model states false things fluently. A sentence may use the words of the facts
and of the request, and plain connecting words; anything else - another product, another number, a promise, a
negation or comparison that no fact carries - is a reason to drop it.
"""

import re
from collections.abc import Iterable

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?")
_CJK = re.compile(r"[\u3400-\u9fff]")

CONNECTING = frozenset(
    [
        "a",
        "an",
        "the",
        "this",
        "that",
        "these",
        "those",
        "here",
        "there",
        "is",
        "are",
        "be",
        "it",
        "its",
        "they",
        "them",
        "their",
        "you",
        "your",
        "and",
        "or",
        "with",
        "for",
        "of",
        "in",
        "on",
        "to",
        "from",
        "by",
        "as",
        "at",
        "which",
        "who",
        "have",
        "has",
        "had",
        "find",
        "found",
        "match",
        "matches",
        "fit",
        "fits",
        "suit",
        "suits",
        "pick",
        "picks",
        "option",
        "options",
        "choice",
        "choices",
        "product",
        "products",
        "item",
        "items",
        "some",
        "few",
        "one",
        "look",
        "looking",
        "want",
        "wanted",
        "need",
        "needed",
        "like",
        "please",
        "let",
        "me",
        "i",
        "we",
        "us",
        "my",
        "our",
        "below",
        "above",
        "both",
        "all",
        "each",
        "also",
        "may",
        "might",
        "can",
        "could",
        "would",
    ]
)
"""Words that claim nothing about a product."""

_LONGEST = 240


def allowed_words(texts: Iterable[str]) -> frozenset[str]:
    """Every word of the texts, lower case, with the singular of a plain English plural."""
    words: set[str] = set()
    for text in texts:
        for word in _WORD.findall(text.casefold()):
            words.update((word, word.removesuffix("s"), f"{word}s"))
    return frozenset(words)


def ungrounded(sentence: str, sources: Iterable[str]) -> str | None:
    """What in the sentence cannot be traced to its sources; None when everything can.

    Args:
        sentence: what a model wrote.
        sources: the texts it may rest on: labels and titles of facts, the shopper's request.
    """
    stripped = sentence.strip()
    if not stripped:
        return "it is empty"
    if len(stripped) > _LONGEST:
        return f"it is longer than {_LONGEST} characters"
    if _CJK.search(stripped):
        return "Chinese wording cannot be checked word by word yet"
    allowed = allowed_words(sources)
    for word in _WORD.findall(stripped.casefold()):
        if word not in allowed and word not in CONNECTING:
            return f"“{word}” is in none of its facts"
    return None
