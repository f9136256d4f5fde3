"""The tables of a mapping, row by row, into the graph writer and the interaction log."""

from collections.abc import Callable
from functools import partial
from itertools import count

from kg_tools import cells
from kg_tools.errors import IngestError
from kg_tools.graph_writer import GraphWriter
from kg_tools.interaction_log import InteractionLog
from kg_tools.label_rows import LabelRowReader
from kg_tools.link_rows import LinkCount, LinkRowReader
from kg_tools.mapping import Mapping, TablePlan
from kg_tools.product_rows import ProductRowReader
from kg_tools.progress import Progress
from kg_tools.rejections import RejectionLog, RowRejected, read_cell
from kg_tools.tables import BrokenRow, Row
from kg_tools.validation import check_draft

_REPORT_EVERY = 20_000


class TableIngest:
    """Reads the tables of one mapping.

    Attributes:
        links: the links read so far.
    """

    def __init__(
        self,
        plan: Mapping,
        writer: GraphWriter,
        log: InteractionLog,
        rejections: RejectionLog,
        progress: Progress,
    ) -> None:
        self.links = LinkCount()
        self._plan = plan
        self._writer = writer
        self._log = log
        self._rejections = rejections
        self._progress = progress

    def read_products(self) -> None:
        """Products, in the order of the mapping: tables with titles introduce them, others add to them."""
        for table in self._plan.tables_of("products"):
            reader = ProductRowReader(table, self._plan.shop)
            self._each(table, reader.columns, partial(self._product, reader, table.name))

    def read_labels(self) -> None:
        """Names of attribute nodes."""
        for table in self._plan.tables_of("labels"):
            reader = LabelRowReader(table, self._writer.nodes, self._plan.shop.languages[0])
            self._each(table, reader.columns, reader.read)

    def read_links(self) -> None:
        """Links between products; targets outside the catalogue are kept."""
        for table in self._plan.tables_of("links"):
            reader = LinkRowReader(table, self._writer.products)
            self._each(table, reader.columns, partial(self._link, reader, table.name))

    def read_interactions(self) -> None:
        """The interaction log; without position or time the order of the rows counts."""
        for table in self._plan.tables_of("interactions"):
            names = ("shopper", "product", "position", "time", "split")
            columns = {name: column for name in names if (column := table.column_of(name))}
            self._each(table, tuple(columns.values()), partial(self._interaction, columns, count()))

    def _product(self, reader: ProductRowReader, source: str, row: Row) -> None:
        draft = reader.read(row)
        check_draft(draft)
        self._writer.add_product(draft, source, is_new=reader.introduces)
        for relation, targets in draft.links.items():
            for target in targets:
                self.add_link(draft.product_id, relation, target, source)

    def _link(self, reader: LinkRowReader, source: str, row: Row) -> None:
        subject, relation, targets = reader.read(row)
        for target in targets:
            self.add_link(subject, relation, target, source)

    def add_link(self, subject: str, relation: str, target: str, source: str) -> None:
        """Write and count a link between products, by id."""
        self._writer.add_link(subject, relation, target, source)
        self.links.add(subject, relation, target)

    def _interaction(self, columns: dict[str, str], rows: "count[int]", row: Row) -> None:
        cell_of = dict(zip(columns, row.cells, strict=True))
        shopper = read_cell(columns["shopper"], cell_of["shopper"], cells.identifier)
        product = read_cell(columns["product"], cell_of["product"], cells.identifier)
        if product not in self._writer.products:
            problem = "the product is not in the catalogue"
            raise RowRejected(problem, column=columns["product"], value=product)
        timed = next((name for name in ("position", "time") if name in columns), None)
        order = read_cell(columns[timed], cell_of[timed], cells.moment) if timed else float(next(rows))
        split = read_cell(columns["split"], cell_of["split"], cells.split) if "split" in columns else None
        self._log.add(shopper, product, order, split)

    def _each(self, table: TablePlan, columns: tuple[str, ...], handle: Callable[[Row], None]) -> None:
        """Hand over every row of a table, noting those that are refused."""
        message = f"Reading {table.name}"
        refused = self._rejections.count
        seen = 0
        for number, file in enumerate(table.table_files()):
            for row, share in file.rows(columns):
                seen += 1
                if seen % _REPORT_EVERY == 0:
                    self._progress(message, (number + share) / len(table.file))
                try:
                    if isinstance(row, BrokenRow):
                        raise RowRejected(row.problem, value=row.value)
                    handle(row)
                except RowRejected as rejected:
                    self._rejections.add(table.name, file.path, row.line, rejected)
        self._progress(message, 1.0)
        refused = self._rejections.count - refused
        if refused * 2 > seen:
            raise IngestError(self._mostly_refused(table, refused, seen))

    def _mostly_refused(self, table: TablePlan, refused: int, seen: int) -> str:
        worst = next(s for s in self._rejections.summaries() if s.source == table.name)
        first = worst.examples[0]
        return (
            f'{refused:,} of {seen:,} rows of the table "{table.name}" were refused; nothing was published. '
            f"Most frequent: {worst.problem} ({worst.count:,} rows; first: {first.file}, line {first.line}, "
            f'column {first.column or "-"}, value "{first.value}"). Check the mapping of this table.'
        )
