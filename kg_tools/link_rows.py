"""Rows of a links table: which product is joined to which, and how many links there are."""

from array import array
from collections.abc import Container
from typing import NamedTuple

import numpy as np

from kg_tools import cells
from kg_tools.mapping import TablePlan
from kg_tools.properties import RELATIONS
from kg_tools.rejections import RowRejected, read_cell
from kg_tools.suggestions import allowed
from kg_tools.tables import Row


class LinkRow(NamedTuple):
    """One row: a product, a relation, and the products it leads to, by id."""

    subject: str
    relation: str
    targets: list[str]


class LinkRowReader:
    """Reads the rows of one links table.

    Attributes:
        columns: the columns to read, in order.
    """

    def __init__(self, table: TablePlan, catalogue: Container[str]) -> None:
        self._catalogue = catalogue
        self._subject = table.column_of("subject") or ""
        self._target = table.column_of("object") or ""
        self._relation = table.column_of("relation")
        self._fixed = table.relation
        self._separator = table.columns[self._target].separator
        self._relations = {**{name: name for name in RELATIONS}, **table.relations}
        self.columns = (self._subject, self._target, *([self._relation] if self._relation else []))

    def read(self, row: Row) -> LinkRow:
        """What a row says.

        Raises:
            RowRejected: an id is missing, the product is not in the catalogue or leads to itself, or the
                relation is unknown.
        """
        subject = read_cell(self._subject, row.cells[0], cells.identifier)
        if subject not in self._catalogue:
            raise RowRejected("the product is not in the catalogue", column=self._subject, value=subject)
        relation = self._fixed or self._named(row)
        targets = self._targets(row)
        if not targets:
            raise RowRejected("the id is missing", column=self._target)
        if subject in targets:
            raise RowRejected("a link from a product to itself", column=self._target, value=subject)
        return LinkRow(subject, relation, targets)

    def _named(self, row: Row) -> str:
        written = read_cell(self._relation or "", row.cells[2], cells.clean_text)
        relation = self._relations.get(written)
        if relation is None:
            known = allowed(written, self._relations)
            raise RowRejected(f"unknown relation; {known}", column=self._relation, value=written)
        return relation

    def _targets(self, row: Row) -> list[str]:
        cell = row.cells[1]
        if self._separator is None and not isinstance(cell, list):
            return [read_cell(self._target, cell, cells.identifier)]
        return read_cell(self._target, cell, lambda whole: cells.texts(whole, self._separator))


class LinkCount:
    """Counts distinct links, in 8 bytes each."""

    def __init__(self) -> None:
        self._products: dict[str, int] = {}
        self._relations: dict[str, int] = {}
        self._links = array("q")

    def add(self, subject: str, relation: str, target: str) -> None:
        """Note a link by product ids."""
        products = self._products
        name = self._relations.setdefault(relation, len(self._relations))
        head = products.setdefault(subject, len(products))
        tail = products.setdefault(target, len(products))
        self._links.append((name << 58) | (head << 29) | tail)

    def distinct(self) -> int:
        """How many different links there are."""
        return len(np.unique(np.asarray(self._links, np.int64)))

    def external(self, catalogue: Container[str]) -> int:
        """How many products outside the catalogue are linked to."""
        return sum(1 for product in self._products if product not in catalogue)
