"""What a column of a table can mean, by kind of table."""

from dataclasses import dataclass
from typing import Literal

from kg_tools.vocabulary import LINK_PREDICATES, LITERAL_PREDICATES, NODE_PREDICATES

TableKind = Literal["products", "links", "interactions", "labels"]

RELATIONS = frozenset(LINK_PREDICATES) - {"boughtAlongside"}
"""Relations a shop can state; ``boughtAlongside`` is computed from interactions."""


@dataclass(frozen=True, slots=True)
class Property:
    """How the values of a property are read.

    Attributes:
        required: the table is useless without it.
        many: a row can have several values, through a separator, a list, or several columns.
        languages: it can be given once per language, as in ``name@zh``.
    """

    required: bool = False
    many: bool = False
    languages: bool = False


PROPERTIES: dict[TableKind, dict[str, Property]] = {
    "products": {
        "id": Property(required=True),
        "name": Property(languages=True),
        **{name: Property(languages=name == "description") for name in LITERAL_PREDICATES},
        **dict.fromkeys(NODE_PREDICATES, Property(many=True)),
        **dict.fromkeys(sorted(RELATIONS), Property(many=True)),
        "price": Property(),
        "price_currency": Property(),
        "availability": Property(),
        "inventory": Property(),
    },
    "links": {
        "subject": Property(required=True),
        "object": Property(required=True, many=True),
        "relation": Property(),
    },
    "interactions": {
        "shopper": Property(required=True),
        "product": Property(required=True),
        "position": Property(),
        "time": Property(),
        "split": Property(),
    },
    "labels": {
        "kind": Property(required=True),
        "value": Property(required=True),
        "label": Property(languages=True),
        "synonyms": Property(many=True, languages=True),
        "broader": Property(many=True),
    },
}
"""Kind of table -> name of a property -> how it is read. Described for people in docs/mapping.md."""


def split_property(written: str) -> tuple[str, str | None]:
    """``name@zh`` -> ("name", "zh"); ``brand`` -> ("brand", None)."""
    name, at, language = written.partition("@")
    return name, language if at else None
