"""From the shopper's phrase to nodes of the graph: exact before misspelt before similar in meaning."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from kg_tools.lexicon import Lexicon, Meaning
from kg_tools.phrases import STOP_WORDS, STOP_WORDS_ZH, Token, tokenize
from kg_tools.products import LexiconEntry, Link, LinkedPhrase, TextEncoder

EMBEDDING_THRESHOLD = 0.7
MAX_ENCODED_LABELS = 20_000

_MAX_TOKENS = 400
_MAX_GUESSED_TOKENS = 32
_TITLE_RATIO = 70.0
_KIND_ORDER = ("category", "colour", "material", "audience", "occasion", "brand", "feature", "product")
_TITLE_FILLER = STOP_WORDS | {"first", "second", "third", "last", "cheaper", "about", "tell", "more"}


@dataclass(frozen=True, slots=True)
class _Window:
    """Tokens ``start`` to ``end`` (exclusive) with what they mean; nothing for stop words."""

    start: int
    end: int
    meanings: tuple[Meaning, ...]
    likeness: float = 1.0

    @property
    def weight(self) -> float:
        """How much a segmentation gains: long windows first, then categories, stop words last."""
        size = self.end - self.start
        if not self.meanings:
            return 0.1 * size
        noun = any(meaning.node.kind == "category" for meaning in self.meanings)
        return (10.0 * size * size + 3.0 * noun) * self.likeness**2


class Linker:
    """Links phrases to the nodes of one shop. Safe to share between threads."""

    def __init__(
        self,
        lexicon: Sequence[LexiconEntry],
        encoder: TextEncoder | None = None,
        *,
        embedding_threshold: float = EMBEDDING_THRESHOLD,
    ) -> None:
        """Index the lexicon; labels are encoded when first needed.

        Args:
            lexicon: see ``Catalogue.lexicon``.
            encoder: for words that are not in the lexicon; without it they stay text.
            embedding_threshold: least cosine in (0, 1] at which similar meaning counts.
        """
        self._lexicon = Lexicon(lexicon)
        self._encoder = encoder
        self._threshold = embedding_threshold
        self._vectors: NDArray[np.float32] | None = None
        self._lock = threading.Lock()

    def link(self, phrase: str, kinds: frozenset[str] | None = None) -> LinkedPhrase:
        """Find what a phrase means.

        Args:
            phrase: in the shopper's words, English or Chinese.
            kinds: only nodes of these kinds; None for all.

        Returns:
            One group per part that was found, in the order of the phrase, each with all its meanings, best
            first: stated before mined, then by kind, score and number of products.
        """
        tokens = tokenize(phrase)[:_MAX_TOKENS]
        windows = self._exact_windows(tokens, kinds)
        chosen = _best_cover(len(tokens), windows)
        guesses = self._guessed_windows(tokens, _gaps(len(tokens), chosen), kinds)
        if guesses:
            chosen = _best_cover(len(tokens), [*windows, *guesses])
        groups = [(window.start, self._group(phrase, tokens, window)) for window in chosen if window.meanings]
        leftover: list[str] = []
        for start, end in _gaps(len(tokens), chosen):
            words = _words(phrase, tokens[start:end])
            group = self._similar(words, kinds)
            if group:
                groups.append((start, group))
            else:
                leftover.append(words)
        groups.sort(key=lambda item: item[0])
        return LinkedPhrase(phrase, tuple(group for _, group in groups), " ".join(leftover))

    def is_label(self, phrase: str) -> bool:
        """Whether the phrase as a whole is a label of the shop; nothing is guessed."""
        return bool(self._lexicon.meanings("".join(token.text for token in tokenize(phrase))))

    def is_common(self, phrase: str) -> bool:
        """Whether all words of the phrase also stand in labels that are no brands, so that it may mean those."""
        tokens = tokenize(phrase)
        return bool(tokens) and all(token.text in self._lexicon.common_words for token in tokens)

    def _exact_windows(self, tokens: Sequence[Token], kinds: frozenset[str] | None) -> list[_Window]:
        windows: list[_Window] = []
        for start in range(len(tokens)):
            key, only_stops = "", True
            for end in range(start + 1, min(start + self._lexicon.longest, len(tokens)) + 1):
                token = tokens[end - 1]
                key += token.text
                only_stops = only_stops and token.text in STOP_WORDS
                if only_stops or key in STOP_WORDS_ZH:
                    windows.append(_Window(start, end, ()))
                    continue
                meanings = _of_kinds(self._lexicon.meanings(key), kinds)
                if meanings:
                    windows.append(_Window(start, end, meanings))
        return windows

    def _guessed_windows(
        self, tokens: Sequence[Token], gaps: Sequence[tuple[int, int]], kinds: frozenset[str] | None
    ) -> list[_Window]:
        """Misspelt words: each unknown one alone, and together with one neighbour on either side."""
        unknown = [position for start, end in gaps for position in range(start, end)][:_MAX_GUESSED_TOKENS]
        spans = {
            (start, end)
            for position in unknown
            for start, end in ((position, position + 1), (position - 1, position + 1), (position, position + 2))
            if start >= 0 and end <= len(tokens)
        }
        windows: list[_Window] = []
        for start, end in sorted(spans):
            words = [token.text for token in tokens[start:end]]
            if any(word in STOP_WORDS for word in words) or not all(word.isascii() for word in words):
                continue
            near = self._lexicon.nearest("".join(words))
            if near is None:
                continue
            guessable = [meaning for meaning in self._lexicon.meanings(near[0]) if meaning.node.kind != "brand"]
            meanings = _of_kinds(guessable, kinds)
            if meanings:
                windows.append(_Window(start, end, meanings, near[1]))
        return windows

    def _group(self, phrase: str, tokens: Sequence[Token], window: _Window) -> tuple[Link, ...]:
        words = phrase[tokens[window.start].start : tokens[window.end - 1].end]
        method: Literal["exact", "fuzzy"] = "exact" if window.likeness >= 1.0 else "fuzzy"
        return tuple(Link(words, meaning.node, meaning.score * window.likeness, method) for meaning in window.meanings)

    def _similar(self, words: str, kinds: frozenset[str] | None) -> tuple[Link, ...]:
        """The nodes whose label means about the same as words that are in no label."""
        if self._encoder is None or len(words) < 2 or not self._encodable:
            return ()
        cosines = self._label_vectors(self._encoder) @ self._encoder.encode([words])[0]
        for index in np.argsort(-cosines):
            node = self._encodable[index].node
            if cosines[index] < self._threshold:
                return ()
            if kinds is None or node.kind in kinds:
                return (Link(words, node, float(min(cosines[index], 1.0)), "embedding"),)
        return ()

    @cached_property
    def _encodable(self) -> tuple[LexiconEntry, ...]:
        """Labels that have a meaning: brand names have none. Empty where encoding would take too long."""
        entries = tuple(entry for entry in self._lexicon.entries if entry.node.kind != "brand")
        return entries if len(entries) <= MAX_ENCODED_LABELS else ()

    def _label_vectors(self, encoder: TextEncoder) -> NDArray[np.float32]:
        """Vectors of the encodable labels, shape (L, D), unit length; computed once, in one batch."""
        with self._lock:
            if self._vectors is None:
                self._vectors = encoder.encode([entry.label for entry in self._encodable])
            return self._vectors


def link_title(mention: str, products: Sequence[tuple[str, str]]) -> str | None:
    """Which of the shown products a mention names.

    Args:
        mention: as said: "the Conair styler".
        products: (id, title) of what is on the screen.

    Returns:
        The id of the best match by token-set ratio over 70; None if none is near or two are equally near.
    """
    wanted = [token.text for token in tokenize(mention) if token.text not in _TITLE_FILLER]
    if not wanted:
        return None
    scores = [
        (fuzz.token_set_ratio(" ".join(wanted), " ".join(token.text for token in tokenize(title))), product_id)
        for product_id, title in products
    ]
    scores.sort(key=lambda item: -item[0])
    if not scores or scores[0][0] <= _TITLE_RATIO:
        return None
    if len(scores) > 1 and scores[1][0] == scores[0][0]:
        return None
    return scores[0][1]


def _of_kinds(meanings: Iterable[Meaning], kinds: frozenset[str] | None) -> tuple[Meaning, ...]:
    wanted = [meaning for meaning in meanings if kinds is None or meaning.node.kind in kinds]
    return tuple(sorted(wanted, key=_rank))


def _rank(meaning: Meaning) -> tuple[bool, bool, int, float, int, str]:
    node = meaning.node
    return (node.mined, node.products == 0, _KIND_ORDER.index(node.kind), -meaning.score, -node.products, node.iri)


def _best_cover(count: int, windows: Iterable[_Window]) -> list[_Window]:
    """The windows, none overlapping, of greatest total weight, in order."""
    ending: dict[int, list[_Window]] = {}
    for window in windows:
        ending.setdefault(window.end, []).append(window)
    best = [0.0] * (count + 1)
    last: list[_Window | None] = [None] * (count + 1)
    for end in range(1, count + 1):
        best[end] = best[end - 1]
        for window in ending.get(end, ()):
            if best[window.start] + window.weight > best[end]:
                best[end], last[end] = best[window.start] + window.weight, window
    chosen: list[_Window] = []
    position = count
    while position > 0:
        window = last[position]
        if window is None:
            position -= 1
        else:
            chosen.append(window)
            position = window.start
    return chosen[::-1]


def _gaps(count: int, chosen: Iterable[_Window]) -> list[tuple[int, int]]:
    """Runs of tokens that no window covers."""
    gaps: list[tuple[int, int]] = []
    position = 0
    for window in chosen:
        if window.start > position:
            gaps.append((position, window.start))
        position = window.end
    if position < count:
        gaps.append((position, count))
    return gaps


def _words(phrase: str, tokens: Sequence[Token]) -> str:
    """Words as the shopper wrote them, from the first token to the last."""
    return " ".join(phrase[tokens[0].start : tokens[-1].end].split())
