"""Known brand names in the titles of products that state no brand.

A name is only trusted where it has been right: of the titles that hold it and whose product states a
brand, most must be of that brand. So "Pure", a brand but also a word, is left alone, and "Conair" is not.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kg_tools.mining_documents import MiningDocument
from kg_tools.mining_words import BEFORE_ANOTHER_BRAND
from kg_tools.words import words

_LEAST_PRODUCTS = 3
_LEAST_PRECISION = 0.7
_LONGEST = 5
_COMPANY_WORDS = frozenset(
    {"beauty", "brand", "brands", "co", "company", "corp", "corporation", "cosmetics", "gmbh", "inc"}
    | {"laboratories", "labs", "limited", "llc", "ltd"}
)

Name = tuple[str, ...]


class Mention(NamedTuple):
    """A brand's name in a title: the brand, where it starts, and how many letters it has."""

    brand: str
    start: int
    letters: int
    after_by: bool


@dataclass(frozen=True, slots=True)
class MinedBrands:
    """What was found.

    Attributes:
        found: product id -> IRI of its brand.
        names: the names that can be trusted, as words.
        precision: of the titles with a stated brand in which the method finds one, the share in which it
            is the stated one, in 0..1; each half of the catalogue is checked with names trusted on the
            other half. 0 where there is no such title.
        checked: the number of those titles.
    """

    found: dict[str, str]
    names: frozenset[Name]
    precision: float
    checked: int


def find_brands(documents: Sequence[MiningDocument], names: Mapping[str, Sequence[str]]) -> MinedBrands:
    """Find the brands of products that state none.

    Args:
        documents: every product of the catalogue.
        names: IRI of a brand -> its names (spelling, labels, synonyms).

    Returns:
        The brands found, with the precision measured on the products that do state one.
    """
    brand_of = _by_name(documents, names)
    trusted = _trusted(documents, brand_of)
    finder = _Finder(trusted)
    found = {
        document.product_id: brand
        for document in documents
        if not document.brands and (brand := finder.best(document.title)) is not None
    }
    right, checked = _check(documents, brand_of)
    return MinedBrands(found, frozenset(trusted), right / checked if checked else 0.0, checked)


def _check(documents: Sequence[MiningDocument], brand_of: Mapping[Name, str]) -> tuple[int, int]:
    """How often the method is right, and of how many, where the brand is stated."""
    right = checked = 0
    for half in (0, 1):
        finder = _Finder(_trusted(documents[1 - half :: 2], brand_of))
        for document in documents[half::2]:
            brand = finder.best(document.title) if document.brands else None
            checked += brand is not None
            right += brand in document.brands
    return right, checked


class _Finder:
    """Finds names in titles as whole words; a name in small letters only counts if it is written so."""

    def __init__(self, brand_of: Mapping[Name, str]) -> None:
        self._brand_of = brand_of
        self._longest_from: dict[str, int] = defaultdict(int)
        for name in brand_of:
            self._longest_from[name[0]] = max(self._longest_from[name[0]], len(name))

    def mentions(self, title: str) -> Iterator[tuple[Name, Mention]]:
        """Every known name in a title, the longest at each place."""
        written = words(title)
        folded = [word.casefold() for word in written]
        start = 0
        while start < len(folded):
            step = 1
            for length in range(self._longest_from.get(folded[start], 0), 0, -1):
                name = tuple(folded[start : start + length])
                brand = self._brand_of.get(name)
                if brand is None or not _is_a_name(written[start : start + length]):
                    continue
                before = folded[start - 1] if start else ""
                if before not in BEFORE_ANOTHER_BRAND and folded[max(start - 2, 0) : start] != ["inspired", "by"]:
                    yield name, Mention(brand, start, sum(map(len, name)), before == "by")
                step = length
                break
            start += step

    def best(self, title: str) -> str | None:
        """The brand a title names: after "by" before others, then the longest name, then the first."""
        mentions = [mention for _, mention in self.mentions(title)]
        if not mentions:
            return None
        return min(mentions, key=lambda m: (not m.after_by, -m.letters, m.start)).brand


def _is_a_name(written: Sequence[str]) -> bool:
    """Has a capital or a digit somewhere, or is spelt in single letters as ``e.l.f.`` is."""
    return any(not word.islower() for word in written) or all(len(word) == 1 for word in written)


def _by_name(documents: Sequence[MiningDocument], names: Mapping[str, Sequence[str]]) -> dict[Name, str]:
    """Every name that can be looked for; of two brands with one name the larger has it."""
    products: dict[str, int] = defaultdict(int)
    for document in documents:
        for brand in document.brands:
            products[brand] += 1
    brand_of: dict[Name, str] = {}
    for brand in sorted(names, key=lambda b: (-products[b], b)):
        if products[brand] >= _LEAST_PRODUCTS:
            for written in names[brand]:
                for name in _forms(written):
                    brand_of.setdefault(name, brand)
    return brand_of


def _forms(written: str) -> Iterator[Name]:
    """A name as words, and without "Cosmetics", "Inc" and the like at its end."""
    name = tuple(word.casefold() for word in words(written))
    while name:
        if len(name) <= _LONGEST and sum(map(len, name)) > 1 and not all(word.isdigit() for word in name):
            yield name
        if name[-1] not in _COMPANY_WORDS:
            return
        name = name[:-1]


def _trusted(documents: Sequence[MiningDocument], brand_of: Mapping[Name, str]) -> dict[Name, str]:
    """The names that were right where it can be checked."""
    finder = _Finder(brand_of)
    seen: dict[Name, int] = defaultdict(int)
    right: dict[Name, int] = defaultdict(int)
    for document in documents:
        if document.brands:
            for name in {name for name, _ in finder.mentions(document.title)}:
                seen[name] += 1
                right[name] += brand_of[name] in document.brands
    return {
        name: brand
        for name, brand in brand_of.items()
        if right[name] >= _LEAST_PRODUCTS and right[name] >= _LEAST_PRECISION * seen[name]
    }
