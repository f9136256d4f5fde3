"""Rows that ingest refuses: written down one by one, counted, and summed up for the report."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypeVar

from kg_tools.cells import CellError
from kg_tools.tables import Cell

Value = TypeVar("Value")

_EXAMPLES = 3
_SHOWN = 200


class RowRejected(Exception):  # noqa: N818 - not a failure of the run: the row is left out and the rest loads
    """Raised while reading a row that must not load.

    Attributes:
        column: the column at fault, None for the whole row.
        value: what it holds.
        problem: what is wrong with it.
    """

    def __init__(self, problem: str, *, column: str | None = None, value: object = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.column = column
        self.value = value


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One refused row, as ``rejected.jsonl`` has it."""

    file: str
    line: int
    column: str | None
    value: str
    problem: str


@dataclass(slots=True)
class RejectionSummary:
    """All rows of one source refused for one reason.

    Attributes:
        source: name in the mapping file.
        problem: what was wrong.
        count: how many.
        examples: the first few.
    """

    source: str
    problem: str
    count: int = 0
    examples: list[RejectedRow] = field(default_factory=list)


class RejectionLog:
    """Writes refused rows to a stream as they come and keeps the sums."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._summaries: dict[tuple[str, str], RejectionSummary] = {}

    @property
    def count(self) -> int:
        """Rows refused so far."""
        return sum(summary.count for summary in self._summaries.values())

    def count_of(self, source: str) -> int:
        """Rows of one source refused so far."""
        return sum(summary.count for summary in self._summaries.values() if summary.source == source)

    def summaries(self) -> tuple[RejectionSummary, ...]:
        """Sums by source and problem, most frequent first."""
        return tuple(sorted(self._summaries.values(), key=lambda s: (-s.count, s.source, s.problem)))

    def add(self, source: str, file: Path, line: int, rejected: RowRejected) -> None:
        """Note one refused row.

        Args:
            source: name in the mapping file.
            file: where the row is.
            line: its 1-based line, 0 where there are no lines (RDF).
            rejected: why.
        """
        value = "" if rejected.value is None else str(rejected.value)[:_SHOWN]
        value = value.encode("utf-8", "replace").decode("utf-8")
        row = RejectedRow(str(file), line, rejected.column, value, rejected.problem)
        summary = self._summaries.setdefault((source, rejected.problem), RejectionSummary(source, rejected.problem))
        summary.count += 1
        if len(summary.examples) < _EXAMPLES:
            summary.examples.append(row)
        self._stream.write(json.dumps(_as_record(row), ensure_ascii=False) + "\n")


def _as_record(row: RejectedRow) -> Mapping[str, str | int | None]:
    return {
        "file": row.file,
        "line": row.line,
        "column": row.column,
        "value": row.value,
        "problem": row.problem,
    }


def read_cell(column: str, cell: Cell, read: Callable[[Cell], Value]) -> Value:
    """What a cell says, with its column named if it cannot be read.

    Raises:
        RowRejected: with the problem that ``read`` gave as a CellError.
    """
    try:
        return read(cell)
    except CellError as error:
        raise RowRejected(str(error), column=column, value=cell) from None
