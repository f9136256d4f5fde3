"""Names of nodes and predicates in the shopper's language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import unquote

from rdflib import URIRef
from rdflib.namespace import RDFS

from kg_tools.products import Language, LexiconEntry, Node, NodeKind
from kg_tools.query_runner import QueryRunner
from kg_tools.vocabulary import (
    BECAUSE,
    LINK_PREDICATES,
    LITERAL_PREDICATES,
    NODE_CLASSES,
    NODE_PREDICATES,
    SCHEMA,
)

_PREDICATE_WORDS: dict[str, tuple[str, str]] = {
    "brand": ("brand", "品牌"),
    "category": ("category", "类别"),
    "colour": ("colour", "颜色"),
    "material": ("material", "材质"),
    "feature": ("feature", "特点"),
    "occasion": ("occasion", "场合"),
    "audience": ("suitable for", "适合"),
    "boughtTogether": ("often bought together with", "常一起购买"),
    "alsoBought": ("also bought by buyers of it", "买家也购买"),
    "alsoViewed": ("also viewed with it", "买家也浏览"),
    "isAccessoryFor": ("accessory for", "配件适用于"),
    "boughtAlongside": ("bought by the same shoppers", "同一批顾客购买"),
    "description": ("description", "描述"),
    "image": ("image", "图片"),
    "url": ("web page", "网页"),
    "size": ("size", "尺寸"),
    "weight": ("weight", "重量"),
    "model": ("model", "型号"),
    "gtin": ("GTIN", "GTIN"),
}

_TERM_WORDS: dict[str, tuple[str, str]] = {
    str(SCHEMA.name): ("name", "名称"),
    str(SCHEMA.productID): ("product id", "商品编号"),
    str(SCHEMA.offers): ("offer", "报价"),
    str(SCHEMA.price): ("price", "价格"),
    str(SCHEMA.priceCurrency): ("currency", "货币"),
    str(SCHEMA.availability): ("availability", "供货"),
    str(SCHEMA.inventoryLevel): ("pieces in stock", "库存"),
    str(SCHEMA.InStock): ("in stock", "有货"),
    str(SCHEMA.OutOfStock): ("out of stock", "缺货"),
    str(BECAUSE.interactedWith): ("bought or used", "买过或用过"),
} | {
    str(predicate): _PREDICATE_WORDS[name]
    for name, predicate in {**NODE_PREDICATES, **LINK_PREDICATES, **LITERAL_PREDICATES}.items()
}


@dataclass(frozen=True, slots=True)
class NodeLabels:
    """Labels of all attribute nodes.

    Attributes:
        kinds: node IRI -> kind.
        names: node IRI -> language -> label; the language is "" where the label has none.
        synonyms: node IRI -> (synonym, language) pairs.
    """

    kinds: Mapping[str, NodeKind]
    names: Mapping[str, Mapping[str, str]]
    synonyms: Mapping[str, Sequence[tuple[str, str]]]

    def label(self, term: str, language: Language) -> str:
        """What to call a term: the label in the language, or in another one, or words made of its IRI.

        Args:
            term: IRI of a node, predicate or source, or the lexical form of a literal, returned as it is.
            language: the wished language.
        """
        if term in self.names:
            return pick_language(self.names[term], language)
        if term in _TERM_WORDS:
            return _TERM_WORDS[term][language == "zh"]
        if term.startswith("urn:because:"):
            return unquote(term.rpartition(":")[2])
        return term

    def entries(self, nodes: Mapping[str, Node]) -> list[LexiconEntry]:
        """One entry per node, label and language; synonyms included.

        Args:
            nodes: node IRI -> node, of all that shall be found.
        """
        return [
            LexiconEntry(node, label, "zh" if language.startswith("zh") else "en")
            for iri, node in nodes.items()
            for label, language in dict.fromkeys(self._all_labels(iri))
        ]

    def _all_labels(self, iri: str) -> Iterable[tuple[str, str]]:
        names = self.names.get(iri)
        if names is None:
            yield unquote(iri.rpartition(":")[2]).replace("-", " "), "en"
            return
        for language, label in names.items():
            yield label, language
        yield from self.synonyms.get(iri, ())


def pick_language(labels: Mapping[str, str], language: str) -> str:
    """The label of a language, else the one without language, else English, else the first."""
    for wished in (language, "", "en"):
        if wished in labels:
            return labels[wished]
    return next(iter(labels.values()))


def read_labels(runner: QueryRunner) -> NodeLabels:
    """Read the labels of all attribute nodes."""
    kinds_of_class = {str(iri): kind for kind, iri in NODE_CLASSES.items() if kind != "product"}
    table = runner.table("nodes", type=[URIRef(iri) for iri in kinds_of_class])
    columns = (table[name].to_pylist() for name in ("node", "type", "property", "language", "label"))
    kinds: dict[str, NodeKind] = {}
    names: dict[str, dict[str, str]] = {}
    synonyms: dict[str, list[tuple[str, str]]] = {}
    # Sorted, so that of two labels in one language the same one wins every time.
    for node, class_iri, label_property, language, label in sorted(zip(*columns, strict=True)):
        kinds[node] = cast("NodeKind", kinds_of_class[class_iri])
        if label_property == str(RDFS.label) and language not in names.setdefault(node, {}):
            names[node][language] = label
        else:
            synonyms.setdefault(node, []).append((label, language))
    return NodeLabels(kinds, {node: labels for node, labels in names.items() if labels}, synonyms)
