"""Runs the named queries of ``queries/``: one question per file, values bound, limited in rows and time.

A file is plain SPARQL without prefixes (they are common to all) and without LIMIT. Where values go, at the
top of a WHERE block, a comment declares them::

    # bind ?product            one term
    # bind ?product many       any number of terms
    # bind ?source ?target many    any number of pairs

and is replaced by a VALUES block of validated terms. ``initBindings`` would not do: rdflib's own engine
binds inside WHERE, oxrdflib substitutes, and rdflib's remote store appends a trailing VALUES, which gives
different answers under FILTER and for variables that are not selected.

``*.rq`` files are SELECT queries, ``*.ru`` files are updates; neither may reach out of the store.
"""

import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
from pyarrow import csv
from rdflib import Literal, URIRef
from rdflib.namespace import RDF, RDFS, SKOS, XSD
from rdflib.term import Identifier

from kg_tools.errors import QueryError
from kg_tools.store import GraphStore, Row
from kg_tools.vocabulary import BECAUSE, SCHEMA

QUERIES = Path(__file__).parent / "queries"

QUERY_SECONDS = 30.0
BULK_SECONDS = 300.0
MAX_ROWS = 100_000
MAX_BULK_ROWS = 50_000_000

Value = Identifier | Sequence[Identifier] | Sequence[tuple[Identifier, ...]]
"""What a declared name is bound to: a term, terms, or tuples of terms."""

T = TypeVar("T")

PROLOGUE = "".join(  # the prefixes every query file may use
    f"PREFIX {prefix}: <{namespace}>\n"
    for prefix, namespace in {
        "schema": str(SCHEMA),
        "because": str(BECAUSE),
        "rdf": str(RDF),
        "rdfs": str(RDFS),
        "skos": str(SKOS),
        "xsd": str(XSD),
    }.items()
)
_BIND = re.compile(r"^[ \t]*# bind (?P<names>\?\w+(?: \?\w+)*)(?P<many> many)?[ \t]*$", re.MULTILINE)
_NOISE = re.compile(r'<[^<>\s]*>|"(?:[^"\\\n]|\\.)*"|#[^\n]*|[?$]\w+|\w*:\w*')
_REFUSED_ANYWHERE = {"SERVICE", "FROM", "LOAD", "USING"}
_REFUSED_IN_QUERIES = {
    "INSERT", "DELETE", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH", "ASK", "CONSTRUCT", "DESCRIBE",
}  # fmt: skip
_REFUSED_IN_UPDATES = {"CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY"}
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"})
# SPARQL reads codepoint escapes before anything else (19.2): a backslash and u0022 in a value could still become a
# quote. So the letter is escaped as well; in the long form, for rdflib takes up to eight digits after a short one.
_CODEPOINTS = {"\\u": "\\\\\\U00000075", "\\U": "\\\\\\U00000055"}
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`\x7f]*")


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """One file of ``queries/``.

    Attributes:
        name: file name without ending.
        text: SPARQL as in the file.
        many: declared names (several variables joined by "_") -> whether they take any number of values.
    """

    name: str
    text: str
    many: Mapping[str, bool]

    def bound(self, values: Mapping[str, Value]) -> str:
        """The text with a VALUES block for every declaration.

        Raises:
            QueryError: a declared name has no value, a value has no declaration, or a term is not valid.
        """
        if values.keys() != self.many.keys():
            raise QueryError(f'Query "{self.name}" binds {sorted(self.many)}, but was given {sorted(values)}.')

        def block(match: re.Match[str]) -> str:
            names = match["names"].split()
            key = "_".join(name[1:] for name in names)
            return _values_block(names, _as_rows(self.name, key, values[key], many=self.many[key]))

        return _BIND.sub(block, self.text)


class QueryRunner:
    """Runs named queries and updates on one store."""

    def __init__(self, store: GraphStore, *, seconds: float = QUERY_SECONDS) -> None:
        """Take a store.

        Args:
            store: any GraphStore; its owner closes it.
            seconds: longest time for one query; bulk reads get ten times as long.
        """
        self.store = store
        self._seconds = seconds
        self._queries = load_queries()

    def select(self, name: str, *, max_rows: int = MAX_ROWS, **values: Value) -> list[Row]:
        """All rows of a named query.

        Args:
            name: file name without ending.
            max_rows: more rows than this are an error, never a silent cut.
            values: what the declared names are bound to.

        Raises:
            QueryError: unknown query, wrong values, too many rows, or too slow.
            StoreError: the store does not answer.
        """
        query = self._query(name, values, max_rows)
        rows = _within(self._seconds, name, lambda: self.store.rows(query))
        _check_count(name, len(rows), max_rows)
        return rows

    def exists(self, name: str, **values: Value) -> bool:
        """Whether a named query has any row.

        Args:
            name: file name without ending.
            values: what the declared names are bound to.
        """
        query = self._query(name, values, 0)
        return bool(_within(self._seconds, name, lambda: self.store.rows(query)))

    def table(self, name: str, **values: Value) -> pa.Table:
        """All rows of a named query as columns of strings, without telling IRIs from literals.

        Args:
            name: file name without ending.
            values: what the declared names are bound to.

        Returns:
            One string column per selected variable; "" where a variable is unbound.
        """
        query = self._query(name, values, MAX_BULK_ROWS)
        text = _within(self._seconds * 10, name, lambda: self.store.csv(query))
        table = _read_csv(text)
        _check_count(name, table.num_rows, MAX_BULK_ROWS)
        return table

    def update(self, *steps: tuple[str, Mapping[str, Value]]) -> None:
        """Run named updates, in order, as one request: all of them or none.

        Args:
            steps: (file name without ending, what its declared names are bound to).
        """
        texts = [self._named(name, ".ru").bound(values) for name, values in steps]
        request = PROLOGUE + ";\n".join(texts)
        _within(self._seconds * 10, steps[0][0], lambda: self.store.update(request))

    def _query(self, name: str, values: Mapping[str, Value], max_rows: int) -> str:
        return f"{PROLOGUE}{self._named(name, '.rq').bound(values)}\nLIMIT {max_rows + 1}"

    def _named(self, name: str, ending: str) -> NamedQuery:
        try:
            return self._queries[name + ending]
        except KeyError:
            raise QueryError(f'There is no query "{name}{ending}" in {QUERIES}.') from None


@cache
def load_queries(folder: Path = QUERIES) -> Mapping[str, NamedQuery]:
    """Read and check every query file, once per process.

    Args:
        folder: where the ``.rq`` and ``.ru`` files are.

    Returns:
        File name with ending -> query.

    Raises:
        QueryError: a file holds what is refused: SERVICE, FROM, LOAD, an update in a ``.rq``, a LIMIT.
    """
    files = sorted(path for path in folder.iterdir() if path.suffix in {".rq", ".ru"})
    return {path.name: parse_query(path.name, path.read_text(encoding="utf-8")) for path in files}


def parse_query(file_name: str, text: str) -> NamedQuery:
    """Check the text of a query file and find its declarations.

    Args:
        file_name: with ending, ``.rq`` or ``.ru``.
        text: its content.

    Raises:
        QueryError: see ``load_queries``.
    """
    words = {word.upper() for word in re.findall(r"\w+", _NOISE.sub(" ", text))}
    is_query = file_name.endswith(".rq")
    refused = words & (_REFUSED_ANYWHERE | (_REFUSED_IN_QUERIES if is_query else _REFUSED_IN_UPDATES))
    if refused:
        raise QueryError(f"{file_name}: {', '.join(sorted(refused))} is not allowed in a query file.")
    if is_query and "SELECT" not in words:
        raise QueryError(f"{file_name}: not a SELECT query.")
    if is_query and "LIMIT" in words:
        raise QueryError(f"{file_name}: LIMIT is set by the query runner; remove it from the file.")
    many = {
        "_".join(name[1:] for name in match["names"].split()): match["many"] is not None
        for match in _BIND.finditer(text)
    }
    return NamedQuery(file_name.rpartition(".")[0], text.rstrip(), many)


def term_text(term: Identifier) -> str:
    """SPARQL text of a term.

    Args:
        term: IRI or literal.

    Raises:
        QueryError: a blank node, an IRI with characters that no IRI may have, or text that is not Unicode.
    """
    if not _is_unicode(term):
        raise QueryError(f"{str(term)!r} is not valid Unicode text.")
    if isinstance(term, URIRef) and is_iri(term):
        return f"<{term}>"
    if isinstance(term, Literal):
        return _literal_text(term)
    raise QueryError(f"{str(term)!r} cannot be bound in a query: it is neither a valid IRI nor a literal.")


def _literal_text(literal: Literal) -> str:
    """A literal in quotes, escaped here: rdflib's ``n3`` leaves tabs and line ends to the parser's mercy."""
    parts = re.split(r"(\\[uU])", str(literal))
    quoted = '"' + "".join(_CODEPOINTS.get(part) or part.translate(_ESCAPES) for part in parts) + '"'
    if literal.language:
        return f"{quoted}@{literal.language}"
    return quoted if literal.datatype is None else f"{quoted}^^{term_text(literal.datatype)}"


def is_iri(text: str) -> bool:
    """Whether a text can be an absolute IRI: a scheme, and none of the characters no IRI may have."""
    return _IRI.fullmatch(text) is not None and _is_unicode(text)


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


def _as_rows(query: str, key: str, value: Value, *, many: bool) -> list[tuple[Identifier, ...]]:
    if isinstance(value, Identifier):
        return [(value,)]
    if not many:
        raise QueryError(f'Query "{query}" takes one value for "{key}", but was given several.')
    return [row if isinstance(row, tuple) else (row,) for row in value]


def _values_block(names: Sequence[str], rows: Iterable[tuple[Identifier, ...]]) -> str:
    lines = "\n".join(f"({' '.join(map(term_text, row))})" for row in rows)
    if not lines:
        return "FILTER(1 = 2)"  # rdflib's engine stumbles over an empty VALUES block
    return f"VALUES ({' '.join(names)}) {{\n{lines}\n}}"


def _check_count(name: str, count: int, max_rows: int) -> None:
    if count > max_rows:
        raise QueryError(f'Query "{name}" gives more than {max_rows} rows.')


def _read_csv(text: bytes) -> pa.Table:
    header = text.split(b"\n", 1)[0].decode("utf-8").strip()
    names = header.split(",")
    return csv.read_csv(
        pa.BufferReader(text),
        read_options=csv.ReadOptions(block_size=1 << 24),
        parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False
        ),
    )


def _within(seconds: float, name: str, work: Callable[[], T]) -> T:
    """Run ``work`` on a thread of its own and give up waiting after ``seconds``.

    No engine here lets Python cancel a running query, so the thread of an abandoned one lives on until the
    query ends; it is a daemon and does not hold up the end of the process. All queries are ours and
    bounded, so this is a safety net for graphs much larger than foreseen and for servers that hang.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again by the caller's thread
            errors.append(error)

    thread = threading.Thread(target=run, name=f"query {name}", daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise QueryError(f'Query "{name}" took longer than {seconds:g} s and was given up.')
    return results[0]
