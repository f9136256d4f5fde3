"""Facts found in text: brands named in titles, features in titles and descriptions.

They go into graphs of their own with a confidence, so that everyone can see that the shop never stated
them; what the shop does state always wins.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from kg_tools.graph_writer import GraphWriter
from kg_tools.mapping import Mapping
from kg_tools.mining_brands import MinedBrands, find_brands
from kg_tools.mining_documents import MiningDocument
from kg_tools.mining_features import Term, find_features
from kg_tools.node_labels import LabelledNode
from kg_tools.words import segments, words

BRANDS_SOURCE = "mined-brands"
FEATURES_SOURCE = "mined-features"

_FEATURE_CONFIDENCE = "0.8"
_KINDS_TAKEN = ("category", "colour", "material", "occasion", "audience")


def mine(plan: Mapping, writer: GraphWriter) -> list[str]:
    """Find facts in the texts of all products and write them.

    Args:
        plan: says what to mine.
        writer: holds the products and takes the facts.

    Returns:
        What was found, as sentences for the report.
    """
    notes: list[str] = []
    if not (plan.mining.brands or plan.mining.features):
        return notes
    documents = _documents(writer)
    brands = find_brands(documents, {n.iri: list(_names(n)) for n in writer.nodes.of_kind("brand")})
    if plan.mining.brands and brands.found:
        notes.append(_write_brands(brands, documents, writer))
    if plan.mining.features:
        if plan.shop.languages[0] == "en":
            notes += _mine_features(_documents(writer), brands, writer)
        else:
            notes.append("Features are mined from English titles only; this shop's titles are not English.")
    return notes


def _documents(writer: GraphWriter) -> list[MiningDocument]:
    kinds = {node.iri: node.kind for node in writer.nodes}
    brand_words = {
        node.iri: frozenset(word.casefold() for name in _names(node) for word in words(name))
        for node in writer.nodes.of_kind("brand")
    }
    documents: list[MiningDocument] = []
    for product_id, known in writer.products.items():
        by_kind: dict[str, list[str]] = defaultdict(list)
        for node in known.nodes:
            by_kind[kinds[node]].append(node)
        documents.append(
            MiningDocument(
                product_id,
                known.title,
                known.description,
                brands=tuple(by_kind["brand"]),
                categories=tuple(by_kind["category"]),
                brand_words=frozenset[str]().union(*(brand_words[brand] for brand in by_kind["brand"])),
                states_features=bool(by_kind["feature"]),
            )
        )
    return documents


def _write_brands(mined: MinedBrands, documents: Sequence[MiningDocument], writer: GraphWriter) -> str:
    spelling = {node.iri: node.spelling() for node in writer.nodes.of_kind("brand")}
    for product_id, brand in mined.found.items():
        writer.add_mined(product_id, "brand", spelling[brand], BRANDS_SOURCE)
    writer.write_confidence(BRANDS_SOURCE, f"{min(max(mined.precision, 0.01), 0.99):.2f}")
    without = sum(1 for document in documents if not document.brands)
    return (
        f"Brands: {len(mined.found):,} of the {without:,} products without a brand name a known one in their "
        f"title. Checked on {mined.checked:,} titles whose brand is stated, the same method is right in "
        f"{mined.precision:.0%}."
    )


def _mine_features(documents: Sequence[MiningDocument], brands: MinedBrands, writer: GraphWriter) -> list[str]:
    taken: set[Term] = set(brands.names)
    for kind in _KINDS_TAKEN:
        for node in writer.nodes.of_kind(kind):
            for name in _names(node):
                taken |= _terms(name, kind)
    found = find_features(documents, taken=taken)
    if not found:
        return []
    for product_id, features in found.items():
        for feature in features:
            writer.add_mined(product_id, "feature", feature, FEATURES_SOURCE)
    writer.write_confidence(FEATURES_SOURCE, _FEATURE_CONFIDENCE)
    distinct = {feature for features in found.values() for feature in features}
    note = (
        f"Features: {len(distinct):,} different ones were found in the texts of {len(found):,} products; "
        'they are marked as mined ("mined-features").'
    )
    return [note]


def _names(node: LabelledNode) -> Iterator[str]:
    yield node.spelling()
    yield from node.labels.values()
    for synonyms in node.synonyms.values():
        yield from synonyms


def _terms(name: str, kind: str) -> set[Term]:
    """The name as words; of a category also its parts and their last words (``Creams & Lotions``)."""
    terms = {tuple(word.casefold() for word in words(name))}
    if kind == "category":
        for part in name.replace("&", ",").replace(" and ", ",").split(","):
            for found in segments(part):
                terms |= {tuple(found), (found[-1],)}
    return terms
