"""A row of a products table as a draft of a product: everything read and checked, nothing written yet."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from kg_tools import cells
from kg_tools.cells import CellError
from kg_tools.mapping import Column, ShopSection, TablePlan
from kg_tools.properties import RELATIONS, split_property
from kg_tools.rejections import RowRejected, read_cell
from kg_tools.tables import Cell, Row
from kg_tools.vocabulary import LITERAL_PREDICATES, NODE_PREDICATES


class Text(NamedTuple):
    """A text with its language; None where language does not apply (a size, a model number)."""

    value: str
    language: str | None = None


@dataclass(slots=True)
class Offer:
    """Price and stock of a product; None for what is not stated."""

    price: Decimal | None = None
    in_stock: bool | None = None
    inventory: int | None = None

    def states_something(self) -> bool:
        """Whether there is anything to write."""
        return self.price is not None or self.in_stock is not None or self.inventory is not None


@dataclass(slots=True)
class ProductDraft:
    """What one source says about one product.

    Attributes:
        product_id: the shop's own id.
        names: titles, at most one per language.
        literals: name in LITERAL_PREDICATES -> texts.
        nodes: kind of attribute node -> values, in order, each once.
        links: relation -> ids of products.
        offer: price and stock.
    """

    product_id: str
    names: list[Text] = field(default_factory=list)
    literals: dict[str, list[Text]] = field(default_factory=dict)
    nodes: dict[str, list[str]] = field(default_factory=dict)
    links: dict[str, list[str]] = field(default_factory=dict)
    offer: Offer = field(default_factory=Offer)


class ProductRowReader:
    """Reads the rows of one products table.

    Attributes:
        columns: the columns to read, in order.
        introduces: the table has titles, so its rows are new products; without, they add to known ones.
    """

    def __init__(self, table: TablePlan, shop: ShopSection) -> None:
        self.columns = tuple(table.columns)
        self._shop = shop
        self._fields = [_Field(column, spec, shop.languages[0]) for column, spec in table.columns.items()]
        self.introduces = any(f.name == "name" and f.language == shop.languages[0] for f in self._fields)
        self._id_index = next(i for i, f in enumerate(self._fields) if f.name == "id")

    def read(self, row: Row) -> ProductDraft:
        """The draft of a product.

        Raises:
            RowRejected: a cell cannot be understood; nothing of the row may load.
        """
        identity = self._fields[self._id_index]
        draft = ProductDraft(read_cell(identity.column, row.cells[self._id_index], cells.identifier))
        for spec, cell in zip(self._fields, row.cells, strict=True):
            if cell is None or cell == "" or spec is identity:
                continue
            try:
                self._fill(draft, spec, cell)
            except CellError as error:
                raise RowRejected(str(error), column=spec.column, value=cell) from None
        if draft.offer.in_stock is None and draft.offer.inventory is not None:
            draft.offer.in_stock = draft.offer.inventory > 0
        for relation, targets in draft.links.items():
            if draft.product_id in targets:
                raise RowRejected(f"{relation} joins the product to itself", value=draft.product_id)
        return draft

    def _fill(self, draft: ProductDraft, spec: "_Field", cell: Cell) -> None:
        name = spec.name
        if name in NODE_PREDICATES or name in RELATIONS:
            into = draft.nodes if name in NODE_PREDICATES else draft.links
            if values := cells.texts(cell, spec.separator, spec.ignore):
                into[name] = list(dict.fromkeys([*into.get(name, []), *values]))
        elif name == "name" or name in LITERAL_PREDICATES:
            text = cells.clean_text(cell)
            if text and text.casefold() not in spec.ignore:
                texts = draft.names if name == "name" else draft.literals.setdefault(name, [])
                texts.append(Text(text, spec.language))
        else:
            self._fill_offer(draft.offer, name, cell)

    def _fill_offer(self, offer: Offer, name: str, cell: Cell) -> None:
        if name == "price":
            offer.price = cells.price(cell, self._shop.currency)
        elif name == "availability":
            offer.in_stock = cells.availability(cell)
        elif name == "inventory":
            offer.inventory = cells.count(cell)
        elif name == "price_currency":
            code = cells.clean_text(cell).upper()
            if code and code != self._shop.currency:
                raise CellError(f"a price in {code}, but the shop's currency is {self._shop.currency}")


class _Field:
    """A column, with its specification taken apart once instead of for every row."""

    def __init__(self, column: str, spec: Column, first_language: str) -> None:
        self.column = column
        self.name, language = split_property(spec.property)
        self.language = language or (first_language if self.name in {"name", "description"} else None)
        self.separator = spec.separator
        self.ignore = frozenset(value.casefold() for value in spec.ignore)


def fallback_title(draft: ProductDraft) -> str:
    """A title for a product that states none: brand and last category, else its id."""
    parts = [*draft.nodes.get("brand", [])[:1], *draft.nodes.get("category", [])[-1:]]
    return " ".join(parts) or draft.product_id
