"""The catalogue's products in order: ids, IRIs and titles in memory, and search for words in them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rapidfuzz import process
from rdflib import URIRef

from kg_tools.columns import strings
from kg_tools.errors import UnknownProductError
from kg_tools.query_runner import QueryRunner
from kg_tools.vocabulary import LITERAL_PREDICATES, SCHEMA

_NO_NOUN_FOLLOWS = r"(?!\w)(?=\s*(?:$|[^\w\s'’&-]|[-&]\s|\d|(?:with|for|in|by|from|of|to|and|or|without)\b))"
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class ProductIndex:
    """P products, ordered by id.

    Attributes:
        ids: the shop's ids.
        iris: their IRIs.
        titles: title in the first language that has one.
        searchable: all titles of a product, case-folded, one a line.
        position: id -> index.
        position_of_iri: IRI -> index.
    """

    ids: tuple[str, ...]
    iris: tuple[str, ...]
    titles: tuple[str, ...]
    searchable: tuple[str, ...]
    position: dict[str, int]
    position_of_iri: dict[str, int]

    def index(self, product_id: str) -> int:
        """Position of a product.

        Raises:
            UnknownProductError: no such id; the message suggests similar ones.
        """
        try:
            return self.position[product_id]
        except KeyError:
            raise UnknownProductError(self._unknown(product_id)) from None

    def iri_array(self) -> pa.Array:
        """The IRIs for bulk look-ups."""
        return strings(self.iris)

    def _unknown(self, product_id: str) -> str:
        near = process.extract(product_id, self.ids, limit=3, score_cutoff=70)
        hint = f" Similar ids: {', '.join(match[0] for match in near)}." if near else ""
        return f'There is no product with the id "{product_id}".{hint}'


def read_products(runner: QueryRunner, languages: Sequence[str]) -> ProductIndex:
    """Read ids and titles.

    Args:
        runner: where to ask.
        languages: languages of titles, the preferred first.
    """
    table = runner.table("products")
    pairs = dict(zip(table["product"].to_pylist(), table["id"].to_pylist(), strict=True))
    rows = sorted((product_id, iri) for iri, product_id in pairs.items())
    iris = tuple(iri for _, iri in rows)
    titles = read_texts(runner, str(SCHEMA.name), languages)
    return ProductIndex(
        ids=tuple(product_id for product_id, _ in rows),
        iris=iris,
        titles=tuple(next(iter(titles.get(iri, ())), "") for iri in iris),
        searchable=tuple("\n".join(titles.get(iri, ())).casefold() for iri in iris),
        position={product_id: index for index, (product_id, _) in enumerate(rows)},
        position_of_iri={iri: index for index, iri in enumerate(iris)},
    )


def read_texts(runner: QueryRunner, predicate: str, languages: Sequence[str]) -> dict[str, list[str]]:
    """Product IRI -> its texts of one predicate, those of the preferred language first.

    Args:
        runner: where to ask.
        predicate: IRI of schema:name or schema:description.
        languages: the preferred first; text without a language counts as the first.
    """
    rank = {language: position for position, language in enumerate(languages)} | {"": 0}
    table = runner.table("texts", predicate=URIRef(predicate))
    columns = (table[name].to_pylist() for name in ("product", "language", "text"))
    rows = sorted((rank.get(language, len(rank)), text, iri) for iri, language, text in zip(*columns, strict=True))
    texts: dict[str, list[str]] = {}
    for _, text, iri in rows:
        texts.setdefault(iri, []).append(text)
    return texts


def read_descriptions(runner: QueryRunner, languages: Sequence[str]) -> dict[str, list[str]]:
    """Product IRI -> its descriptions, those of the preferred language first."""
    return read_texts(runner, str(LITERAL_PREDICATES["description"]), languages)


def with_words(texts: Sequence[str], words: str, *, as_head: bool = False) -> NDArray[np.bool_]:
    """Which texts contain the words as whole words, next to each other.

    Args:
        texts: case-folded, length P.
        words: any case; text in Chinese characters is found anywhere, since it has no word borders.
        as_head: only where no noun follows: "a tent, blue" and "tent for two", not "tent pegs".

    Returns:
        bool, shape (P,).
    """
    parts = tuple(re.split(r"[\s-]+", words.casefold().strip(" \t\n-")))
    found = np.zeros(len(texts), np.bool_)
    if not parts[0]:
        return found
    pattern, first = _whole_words(parts, as_head), parts[0]
    for index, text in enumerate(texts):
        # A plain substring test rules out nearly all texts at a tenth of the cost of a pattern.
        if first in text and pattern.search(text):
            found[index] = True
    return found


@cache
def _whole_words(parts: tuple[str, ...], as_head: bool) -> re.Pattern[str]:
    start = "" if _CJK.match(parts[0]) else r"(?<!\w)"
    end = "" if _CJK.match(parts[-1][-1]) else _NO_NOUN_FOLLOWS if as_head else r"(?!\w)"
    return re.compile(start + r"[\s-]+".join(map(re.escape, parts)) + end, re.MULTILINE)
