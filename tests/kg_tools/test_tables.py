import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kg_tools.errors import IngestError
from kg_tools.tables import BrokenRow, Row, TableFile, format_of

ROWS = [("1", "Lamp, small"), ("2", 'Chair "Oslo"'), ("3", "茶杯 ☕")]


def write(folder: Path, kind: str, *, zipped: bool) -> Path:
    path = folder / f"rows.{kind}{'.gz' if zipped else ''}"
    if kind == "parquet":
        table = pa.table({"id": [r[0] for r in ROWS], "name": [r[1] for r in ROWS]})
        pq.write_table(table, folder / "plain")
        data = (folder / "plain").read_bytes()
    elif kind == "jsonl":
        data = "\n".join(json.dumps({"id": i, "name": n}) for i, n in ROWS).encode()
    elif kind == "tsv":
        data = ("id\tname\n" + "".join(f"{i}\t{n}\n" for i, n in ROWS)).encode()
    else:
        quoted = (n.replace('"', '""') for _, n in ROWS)
        data = (
            "\ufeffid,name\r\n" + "".join(f'{i},"{n}"\r\n' for (i, _), n in zip(ROWS, quoted, strict=True))
        ).encode()
    path.write_bytes(gzip.compress(data) if zipped else data)
    return path


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet"])
def test_every_format_reads_the_same(tmp_path: Path, kind: str, zipped: bool) -> None:
    path = write(tmp_path, kind, zipped=zipped)
    file = TableFile(path, format_of(path))

    assert file.header() == ("id", "name")
    found = [row for row, _ in file.rows(("name", "id"))]
    assert [row.cells for row in found] == [(name, number) for number, name in ROWS]
    first = 1 if kind in {"jsonl", "parquet"} else 2
    assert [row.line for row in found] == [first, first + 1, first + 2]


def test_the_share_read_grows_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "rows.tsv"
    path.write_text("id\n" + "x\n" * 50_000)
    shares = [share for _, share in TableFile(path, "tsv").rows(("id",))]

    assert shares == sorted(shares)
    assert 0 <= shares[0] < 0.5
    assert shares[-1] == 1.0


def test_broken_rows_are_told_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"id,name\n1,Lamp\n2\n3,Chair,extra\n4,\xff\xfe\n\n5,Cup\n")
    rows = [row for row, _ in TableFile(path, "csv").rows(("id",))]

    assert [row.cells[0] for row in rows if isinstance(row, Row)] == ["1", "5"]
    broken = [row for row in rows if isinstance(row, BrokenRow)]
    assert [(row.line, row.problem) for row in broken] == [
        (3, "1 cells where the header has 2"),
        (4, "3 cells where the header has 2"),
        (5, "not UTF-8 text"),
    ]


def test_a_quoted_cell_may_span_lines(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('id,name\n1,"two\nlines"\n2,Cup\n')

    assert [row.line for row, _ in TableFile(path, "csv").rows(("id",))] == [2, 4]


def test_broken_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": 1}\n{"id": \n[1]\n{"id": NaN}\n{"other": 2}\n')
    rows = [row for row, _ in TableFile(path, "jsonl").rows(("id",))]

    assert [row.line for row in rows if isinstance(row, BrokenRow)] == [2, 3, 4]
    assert [row.cells for row in rows if isinstance(row, Row)] == [(1,), (None,)]


def test_a_delimiter_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("id;name\n1;Lamp, small\n")

    assert [row.cells for row, _ in TableFile(path, "csv", ";").rows(("name",))] == [("Lamp, small",)]


def test_damaged_gzip_is_told_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(b"id\n" + b"12345\n" * 10_000)[:-20])

    with pytest.raises(IngestError, match=r"rows\.csv\.gz is not complete gzip"):
        list(TableFile(path, "csv").rows(("id",)))


@pytest.mark.parametrize(("name", "content"), [("a.csv", b""), ("a.jsonl", b"\n"), ("a.parquet", b"no parquet")])
def test_files_without_content_are_told(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(IngestError, match=name):
        TableFile(path, format_of(path)).header()
