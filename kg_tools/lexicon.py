"""The labels of a shop's nodes, indexed for linking."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from kg_tools.phrases import STOP_WORDS, fold_word, tokenize
from kg_tools.products import LexiconEntry, Node

FULL_SCORE = 1.0
PART_SCORE = 0.95
HEAD_SCORE = 0.9

_MAX_WINDOW = 12
_FUZZY_RATIO = 88.0
_FUZZY_MIN_LETTERS = 5
_ONE_SLIP_MIN_LETTERS = 6
_TOO_GENERAL = frozenset(map(fold_word, ("accessories", "products", "tools", "sets", "care", "other", "kits")))


@dataclass(frozen=True, slots=True)
class Meaning:
    """A node that a label, or a part of a label, stands for.

    Attributes:
        node: the node.
        score: 1 for a whole label, below that for a part of one.
    """

    node: Node
    score: float


class Lexicon:
    """Looks words up. Keys are folded tokens written together, so "hair dryer" is "hairdryer".

    Attributes:
        longest: the most tokens any key has.
    """

    def __init__(self, entries: Sequence[LexiconEntry]) -> None:
        """Index the labels.

        Args:
            entries: one per node, label and language.
        """
        self.entries = tuple(entries)
        self.longest = 1
        self._whole: dict[str, dict[str, Meaning]] = defaultdict(dict)
        self._parts: dict[str, dict[str, Meaning]] = defaultdict(dict)
        for entry in entries:
            self._add(entry)

    @cached_property
    def common_words(self) -> frozenset[str]:
        """Folded words of all labels that are not of brands or products."""
        labels = (entry.label for entry in self.entries if entry.node.kind not in ("brand", "product"))
        return frozenset(token.text for label in labels for token in tokenize(label))

    def meanings(self, key: str) -> list[Meaning]:
        """What folded tokens written together mean: whole labels, and heads of category labels.

        A head ("iron" of "Curling Irons") counts only where no category has that very name: the narrower
        ones lie in it.

        Args:
            key: folded tokens written together.
        """
        whole = list(self._whole[key].values()) if key in self._whole else []
        if key not in self._parts or any(meaning.node.kind == "category" for meaning in whole):
            return whole
        known = {meaning.node.iri for meaning in whole}
        return whole + [part for part in self._parts[key].values() if part.node.iri not in known]

    def nearest(self, key: str) -> tuple[str, float] | None:
        """The key most like a misspelt one, with the likeness in (0, 1); None if none is near.

        Near is an indel similarity of 88 % or more, or a single slip in six letters or more. The first letter
        must agree, unless the first two are swapped. Brands are never guessed.

        Args:
            key: folded tokens written together, not a key itself.
        """
        if len(key) < _FUZZY_MIN_LETTERS:
            return None
        best: tuple[str, float] | None = None
        for choices in (self._buckets.get(key[0], ()), self._swapped(key)):
            found = process.extractOne(key, choices, scorer=fuzz.ratio, score_cutoff=_FUZZY_RATIO)
            if found is None and len(key) >= _ONE_SLIP_MIN_LETTERS:
                slip = process.extractOne(key, choices, scorer=OSA.distance, score_cutoff=1)
                found = slip and (slip[0], 100.0 * (1 - 1 / len(key)))
            if found is not None and (best is None or found[1] / 100 > best[1]):
                best = (found[0], min(found[1] / 100, 0.99))
        return best

    @cached_property
    def _buckets(self) -> Mapping[str, list[str]]:
        """Keys of nodes that are not brands, by first letter."""
        buckets: dict[str, list[str]] = defaultdict(list)
        for key, meanings in self._whole.items():
            guessable = any(meaning.node.kind != "brand" for meaning in meanings.values())
            if guessable and len(key) >= _FUZZY_MIN_LETTERS and key.isascii():
                buckets[key[0]].append(key)
        return buckets

    def _swapped(self, key: str) -> Sequence[str]:
        """Keys that begin with the first two letters of the misspelt one the other way round."""
        if key[0] == key[1]:
            return ()
        return [choice for choice in self._buckets.get(key[1], ()) if choice[1] == key[0]]

    def _add(self, entry: LexiconEntry) -> None:
        tokens = [token.text for token in tokenize(entry.label)]
        if not tokens or len(tokens) > _MAX_WINDOW:
            return
        self._put(self._whole, tokens, Meaning(entry.node, FULL_SCORE))
        if tokens[0] == "the" and len(tokens) > 1:
            self._put(self._whole, tokens[1:], Meaning(entry.node, FULL_SCORE))
        if entry.node.kind == "category":
            for part, score in _parts(entry.label):
                self._put(self._parts, part, Meaning(entry.node, score))

    def _put(self, index: dict[str, dict[str, Meaning]], tokens: Sequence[str], meaning: Meaning) -> None:
        self.longest = max(self.longest, len(tokens))
        at_key = index["".join(tokens)]
        known = at_key.get(meaning.node.iri)
        if known is None or known.score < meaning.score:
            at_key[meaning.node.iri] = meaning


def _parts(label: str) -> Iterable[tuple[list[str], float]]:
    """The pieces of "Hair Dryers & Brushes" and the heads of each: what a shopper may call it for short."""
    text = label.replace("&", ",").replace("/", ",").replace(" and ", ",")
    pieces = [[token.text for token in tokenize(piece)] for piece in text.split(",")]
    # In "Hair & Scalp Treatments", hair is no name of the category; in "Shampoo & Conditioner" it is.
    single_words = all(len(tokens) == 1 for tokens in pieces)
    for tokens in pieces:
        if not tokens or tokens[-1] in _TOO_GENERAL:
            continue
        if len(pieces) > 1 and (single_words or len(tokens) > 1):
            yield tokens, PART_SCORE
        for start in range(1, len(tokens)):
            # Chinese has its heads at the end too, but one character alone says too little.
            if len("".join(tokens[start:])) > 1 and tokens[start] not in STOP_WORDS:
                yield tokens[start:], HEAD_SCORE
