"""RDF files into a scratch store. Nothing is fetched from the network, JSON-LD contexts included."""

import gzip
import json
import re
from pathlib import Path
from typing import IO, cast

from pyoxigraph import RdfFormat as OxigraphFormat
from pyoxigraph import Store

from kg_tools.errors import IngestError
from kg_tools.mapping import RdfFormat, RdfPlan

_FORMATS: dict[RdfFormat, OxigraphFormat] = {
    "turtle": OxigraphFormat.TURTLE,
    "nquads": OxigraphFormat.N_QUADS,
    "ntriples": OxigraphFormat.N_TRIPLES,
    "jsonld": OxigraphFormat.JSON_LD,
}
_SCHEMA_CONTEXT = re.compile(r"https?://(?:www\.)?schema\.org(?:/(?:docs/jsonldcontext\.jsonld?)?)?")
_LOCAL_CONTEXT = {"@vocab": "https://schema.org/"}
_LINE = re.compile(r"\bline (\d+)")

Json = dict[str, "Json"] | list["Json"] | str | float | bool | None


def load_rdf(source: RdfPlan, scratch: Path) -> Store:
    """Load the files of a source into a store of its own, named graphs and all.

    Args:
        source: the plan of the source.
        scratch: an empty folder for the store.

    Raises:
        IngestError: a file does not parse (with its line), or its JSON-LD needs a context from the network.
    """
    store = Store(str(scratch))
    for path in source.file:
        kind = source.format_of(path) or "turtle"
        content = _local_jsonld(path) if kind == "jsonld" else None
        try:
            if content is not None:
                store.bulk_load(content, _FORMATS[kind], base_iri=path.absolute().as_uri())
            else:
                with _opened(path) as stream:
                    store.bulk_load(stream, _FORMATS[kind], base_iri=path.absolute().as_uri())
        except SyntaxError as error:
            raise IngestError(_syntax_message(path, error)) from error
        except (EOFError, gzip.BadGzipFile) as error:
            raise IngestError(f"{path} is not complete gzip: {error}. Copy the file again.") from error
    return store


def _opened(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path)) if path.name.endswith(".gz") else path.open("rb")


def _syntax_message(path: Path, error: SyntaxError) -> str:
    in_text = _LINE.search(str(error))
    line = error.lineno or (int(in_text[1]) if in_text else None)
    where = f"{path}, line {line}" if line else str(path)
    return f"{where}: the RDF does not parse: {error.msg}. Nothing was published; correct the file."


def _local_jsonld(path: Path) -> bytes:
    """The document with schema.org's context replaced by its own vocabulary, and no other from outside."""
    try:
        text = gzip.decompress(path.read_bytes()) if path.name.endswith(".gz") else path.read_bytes()
        document = cast("Json", json.loads(text))
    except json.JSONDecodeError as error:
        raise IngestError(
            f"{path}, line {error.lineno}: not valid JSON: {error.msg}. Nothing was published; correct the file."
        ) from error
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile, RecursionError) as error:
        raise IngestError(f"{path} cannot be read as JSON-LD: {error}.") from error
    return json.dumps(_with_local_contexts(document, path)).encode()


def _with_local_contexts(value: Json, path: Path) -> Json:
    if isinstance(value, list):
        return [_with_local_contexts(item, path) for item in value]
    if not isinstance(value, dict):
        return value
    if "@import" in value:
        raise IngestError(f'{path}: "@import" of another context is not allowed; write the terms out.')
    return {
        key: _context(inner, path) if key == "@context" else _with_local_contexts(inner, path)
        for key, inner in value.items()
    }


def _context(value: Json, path: Path) -> Json:
    if isinstance(value, list):
        return [_context(item, path) for item in value]
    if not isinstance(value, str):
        return _with_local_contexts(value, path)
    if _SCHEMA_CONTEXT.fullmatch(value):
        return cast("Json", _LOCAL_CONTEXT)
    raise IngestError(
        f'{path}: the context "{value}" would have to be fetched from the network, which is not done. Use '
        '"https://schema.org", or write the terms out in the file.'
    )
