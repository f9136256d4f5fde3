"""Products side by side: every cell rests on facts of the graph, and what is not stated stays empty."""

from collections.abc import Callable, Mapping, Sequence

from kg_tools.products import Comparison, Fact
from kg_tools.vocabulary import LITERAL_PREDICATES, NODE_PREDICATES, SCHEMA

_LITERALS = ("size", "weight", "model")
_ROWS: dict[str, str] = (
    {"price": str(SCHEMA.price), "availability": str(SCHEMA.availability)}
    | {kind: str(predicate) for kind, predicate in NODE_PREDICATES.items()}
    | {name: str(LITERAL_PREDICATES[name]) for name in _LITERALS}
)


def compare(product_ids: Sequence[str], facts: Mapping[str, Sequence[Fact]], label: Callable[[str], str]) -> Comparison:
    """Make the table.

    Args:
        product_ids: the columns.
        facts: product id -> its facts, offers included, stated before mined.
        label: what to call a term.
    """
    rows: list[tuple[str, tuple[str, ...]]] = []
    used: list[Fact] = []
    for name, predicate in _ROWS.items():
        by_product = [[fact for fact in facts[product] if fact.predicate == predicate] for product in product_ids]
        if not any(by_product):
            continue
        cells = (", ".join(dict.fromkeys(label(fact.object) for fact in cell)) for cell in by_product)
        rows.append((name, tuple(cells)))
        used.extend(fact for cell in by_product for fact in cell)
    return Comparison(tuple(product_ids), tuple(rows), tuple(dict.fromkeys(used)))
