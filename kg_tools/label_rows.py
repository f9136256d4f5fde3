"""Rows of a labels table: what attribute nodes are called, in which language, and what they belong to."""

from kg_tools import cells
from kg_tools.mapping import TablePlan
from kg_tools.node_labels import NodeRegistry
from kg_tools.properties import split_property
from kg_tools.rejections import RowRejected, read_cell
from kg_tools.suggestions import allowed
from kg_tools.tables import Row
from kg_tools.vocabulary import NODE_PREDICATES


class LabelRowReader:
    """Reads the rows of one labels table into the registry of nodes.

    Attributes:
        columns: the columns to read, in order.
    """

    def __init__(self, table: TablePlan, nodes: NodeRegistry, language: str) -> None:
        self._nodes = nodes
        self._language = language
        self._specs = table.columns
        self._kind = table.column_of("kind") or ""
        self._value = table.column_of("value") or ""
        others = [column for column in table.columns if column not in {self._kind, self._value}]
        self.columns = (self._kind, self._value, *others)

    def read(self, row: Row) -> None:
        """Note what a row says of a node; the node is made if no product has it yet (a department).

        Raises:
            RowRejected: unknown kind, missing value, or an unreadable cell.
        """
        kind = read_cell(self._kind, row.cells[0], cells.clean_text)
        if kind not in NODE_PREDICATES:
            known = allowed(kind, NODE_PREDICATES)
            raise RowRejected(f"unknown kind; {known}", column=self._kind, value=kind)
        value = read_cell(self._value, row.cells[1], cells.clean_text)
        if not value:
            raise RowRejected("the value is missing", column=self._value)
        said = [(column, self._texts(column, cell)) for column, cell in zip(self.columns, row.cells, strict=True)]
        node = self._nodes.meet(kind, value, times=0)
        for column, texts in said[2:]:
            name, language = split_property(self._specs[column].property)
            language = language or self._language
            if name == "label" and texts:
                node.labels[language] = texts[0]
            elif name == "synonyms":
                known = node.synonyms.setdefault(language, [])
                known += [text for text in texts if text not in known]
            elif name == "broader":
                iris = [self._nodes.meet(kind, text, times=0).iri for text in texts]
                node.broader += [iri for iri in iris if iri not in node.broader and iri != node.iri]

    def _texts(self, column: str, cell: object) -> list[str]:
        separator = self._specs[column].separator
        return read_cell(column, cell, lambda whole: cells.texts(whole, separator))
