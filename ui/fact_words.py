"""A fact of the graph in words a shopper can read."""

import re
from collections.abc import Mapping
from urllib.parse import unquote

from agent.events import FactView
from ui.wording import EN, Wording

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_MINED_PREFIX = "mined"
_PREDICATES = {
    "color": "colour",
    "interactedWith": "bought or used",
    "boughtAlongside": "often bought alongside",
    "boughtTogether": "bought together with",
    "isAccessoryOrSparePartFor": "accessory for",
    "productID": "product number",
    "priceCurrency": "currency",
}


def fact_words(fact: FactView, titles: Mapping[str, str], words: Wording = EN) -> str:
    """One line: subject, relation, object, and where the shop has it from.

    Args:
        fact: the fact.
        titles: product IRI -> title; products not in it are named by their id.
        words: the interface language; the relation's name stays English.
    """
    subject, value = readable(fact.subject, titles), readable(fact.object, titles)
    return f"{subject} · {_relation(fact.predicate)}: {value} ({source_words(fact.source, words)})"


def readable(term: str, titles: Mapping[str, str]) -> str:
    """A graph term without its IRI: a title, a label made from the slug, or the literal as it stands."""
    if term in titles:
        return titles[term]
    if term.startswith("urn:because:"):
        kind, _, name = term.rpartition(":")
        label = unquote(name)
        return label if kind.endswith((":product", ":shopper", ":offer")) else label.replace("-", " ")
    if term.startswith(("https://schema.org/", "http://schema.org/")):
        return _CAMEL.sub(" ", term.rsplit("/", 1)[1]).lower()
    return term


def source_words(source: str, words: Wording = EN) -> str:
    """Where a fact comes from, from the IRI of its named graph."""
    name = unquote(source.rsplit(":", 1)[-1])
    if name.startswith(_MINED_PREFIX):
        return words.source_mined
    if name in {"derived", "interactions"}:
        return words.source_interactions
    if name == "updates":
        return words.source_updates
    return words.source_stated.format(source=name)


def _relation(predicate: str) -> str:
    name = re.split(r"[:/#]", predicate)[-1]
    return _PREDICATES.get(name) or _CAMEL.sub(" ", name).lower()
