"""Readers for tables: CSV, TSV, JSON lines and Parquet, plain or gzip, one row at a time.

A row that cannot be read comes out as a ``BrokenRow`` with its line, so that the rest still loads.
"""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple, NoReturn, get_args

import pyarrow as pa
import pyarrow.parquet as pq

from kg_tools.errors import IngestError

TableFormat = Literal["csv", "tsv", "jsonl", "parquet"]
TABLE_FORMATS: tuple[TableFormat, ...] = get_args(TableFormat)
Cell = object
"""A value as the file gives it: text, number, bool, list, date, or None."""

_ENDINGS: dict[str, TableFormat] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_MAX_CELL = 16 * 1024 * 1024
_HEADER_ROWS = 1000  # JSON lines have no header: the keys of this many rows are taken for it
_BATCH = 4096
_SHOWN = 200


class Row(NamedTuple):
    """One row.

    Attributes:
        line: 1-based line of the file where it starts; for Parquet the 1-based number of the row.
        cells: its values, in the order of the columns that were asked for.
    """

    line: int
    cells: tuple[Cell, ...]


class BrokenRow(NamedTuple):
    """A row that cannot be read: where, what it holds (shortened), and why."""

    line: int
    value: str
    problem: str


def format_of(path: Path) -> TableFormat | None:
    """The format that a file name says, ``.gz`` apart; None if it says none."""
    return _ENDINGS.get(Path(path.name.removesuffix(".gz")).suffix.lower())


@dataclass(frozen=True, slots=True)
class TableFile:
    """A file of rows.

    Attributes:
        path: the file; read through gzip if its name ends in ``.gz``.
        format: how rows are written. TSV has no quoting; a quoted one is CSV with a tab as delimiter.
        delimiter: for CSV, "," by default.
    """

    path: Path
    format: TableFormat
    delimiter: str | None = None

    def header(self) -> tuple[str, ...]:
        """Names of the columns.

        Raises:
            IngestError: the file is empty or cannot be read.
        """
        with _opened(self.path) as (stream, _):
            if self.format == "parquet":
                return tuple(_parquet(stream).schema_arrow.names)
            with _text(stream) as text:
                return self._keys(text) if self.format == "jsonl" else tuple(self._header(text))

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[Row | BrokenRow, float]]:
        """Every row, with the share of the file read so far in 0..1.

        Args:
            columns: names of columns; a JSON line without one of them gives None.

        Raises:
            IngestError: the file cannot be read any further (damaged gzip, not Parquet...).
        """
        readers = {"csv": self._separated, "tsv": self._separated, "jsonl": _json_lines, "parquet": _records}
        with _opened(self.path) as (stream, raw):
            size = max(self.path.stat().st_size, 1)
            for row in readers[self.format](stream, columns):
                yield row, min(raw.tell() / size, 1.0)

    def _reader(self, text: IO[str]) -> Any:  # noqa: ANN401 - csv's reader has no public type
        csv.field_size_limit(_MAX_CELL)
        if self.format == "tsv":
            return csv.reader(text, delimiter="\t", quoting=csv.QUOTE_NONE)
        return csv.reader(text, delimiter=self.delimiter or ",", strict=True)

    def _header(self, text: IO[str]) -> list[str]:
        header = next(self._reader(text), None)
        if not header:
            raise IngestError(f"{self.path} is empty; its first line must name the columns.")
        return header

    def _keys(self, text: IO[str]) -> tuple[str, ...]:
        keys: dict[str, None] = {}
        for line in islice(text, _HEADER_ROWS):
            record = _json_object(line)
            if isinstance(record, dict):
                keys |= dict.fromkeys(record)
        if not keys:
            raise IngestError(f"{self.path} has no JSON object in its first {_HEADER_ROWS} lines.")
        return tuple(keys)

    def _separated(self, stream: IO[bytes], columns: Sequence[str]) -> Iterator[Row | BrokenRow]:
        with _text(stream) as text:
            reader = self._reader(text)
            header: list[str] = next(reader)
            wanted = [header.index(column) for column in columns]
            while True:
                line = reader.line_num + 1
                try:
                    cells: list[str] = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield BrokenRow(line, "", f"not valid {self.format.upper()}: {error}")
                    continue
                if not cells:
                    continue  # an empty line says nothing
                problem = _ragged(cells, len(header)) or _undecodable(cells)
                if problem is None:
                    yield Row(line, tuple([cells[i] for i in wanted]))
                else:
                    yield BrokenRow(line, _shown(" | ".join(cells)), problem)


def _ragged(cells: list[str], width: int) -> str | None:
    return None if len(cells) == width else f"{len(cells)} cells where the header has {width}"


def _undecodable(cells: Sequence[str]) -> str | None:
    for cell in cells:
        # Bytes that are not UTF-8 arrive as lone surrogates (errors="surrogateescape").
        if not cell.isascii() and any("\ud800" <= character <= "\udfff" for character in cell):
            return "not UTF-8 text"
    return None


def _json_lines(stream: IO[bytes], columns: Sequence[str]) -> Iterator[Row | BrokenRow]:
    with _text(stream) as lines:
        for line, text in enumerate(lines, 1):
            if not text.strip():
                continue
            record = _json_object(text)
            problem = record if isinstance(record, str) else _undecodable([text])
            if problem is None and isinstance(record, dict):
                yield Row(line, tuple([record.get(column) for column in columns]))
            else:
                yield BrokenRow(line, _shown(text.strip()), str(problem))


def _json_object(text: str) -> dict[str, Cell] | str:
    """The object on a line, or what is wrong with it."""
    try:
        record: object = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        return f"not valid JSON: {error}"
    return record if isinstance(record, dict) else "a line must hold a JSON object"


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _records(stream: IO[bytes], columns: Sequence[str]) -> Iterator[Row | BrokenRow]:
    line = 0
    for batch in _parquet(stream).iter_batches(batch_size=_BATCH, columns=list(columns)):
        lists = [batch.column(column).to_pylist() for column in columns]
        for cells in zip(*lists, strict=True):
            line += 1
            yield Row(line, cells)


def _parquet(stream: IO[bytes]) -> pq.ParquetFile:
    if isinstance(stream, io.BufferedReader) and isinstance(stream.raw, gzip.GzipFile):
        # Parquet is read from its end, which a gzip stream cannot do.
        stream = io.BytesIO(stream.read())
    return pq.ParquetFile(stream)


@contextmanager
def _text(stream: IO[bytes]) -> Generator[IO[str], None, None]:
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield text
    finally:
        text.detach()  # the stream is closed by whoever opened it


@contextmanager
def _opened(path: Path) -> Generator[tuple[IO[bytes], IO[bytes]], None, None]:
    """The file's content, and the raw file under it, which knows how far reading has come."""
    try:
        with path.open("rb") as raw:
            if path.name.endswith(".gz"):
                with io.BufferedReader(gzip.GzipFile(fileobj=raw)) as stream:
                    yield stream, raw
            else:
                yield raw, raw
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise IngestError(f"{path} is not complete gzip: {error}. Copy the file again.") from error
    except pa.ArrowInvalid as error:
        raise IngestError(f"{path} cannot be read as Parquet: {error}.") from error


def _shown(text: str) -> str:
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return clean if len(clean) <= _SHOWN else clean[:_SHOWN] + "…"
