"""The mapping file: which files make up a shop and what their columns mean.

``load_mapping`` turns the TOML file into a frozen plan and checks all of it, the headers of the data
files included, before any data are read. The format is described in docs/mapping.md.
"""

import re
import tomllib
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from kg_tools.errors import IngestError, MappingError
from kg_tools.products import Language
from kg_tools.properties import PROPERTIES, RELATIONS, TableKind, split_property
from kg_tools.suggestions import allowed
from kg_tools.tables import TABLE_FORMATS, TableFile, TableFormat, format_of

RESERVED_SOURCES = frozenset({"mined-brands", "mined-features", "derived", "interactions", "updates", "labels"})
"""Named graphs that the program fills itself; no products, links or RDF may be called so."""

RdfFormat = Literal["turtle", "nquads", "ntriples", "jsonld"]
RDF_FORMATS: dict[str, RdfFormat] = {
    ".ttl": "turtle",
    ".nq": "nquads",
    ".nt": "ntriples",
    ".jsonld": "jsonld",
    ".json": "jsonld",
}
"""Ending of a file name -> RDF format."""

_SOURCE_NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _as_column(value: object) -> object:
    return {"property": value} if isinstance(value, str) else value


class _Plan(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Files = Annotated[tuple[Path, ...], BeforeValidator(_as_list), Field(min_length=1)]


class ShopSection(_Plan):
    """``[shop]``: what the shop is called and in which languages and currency it speaks."""

    title: str = Field(min_length=1)
    languages: tuple[Language, ...] = Field(default=("en",), min_length=1)
    currency: str | None = Field(default=None, pattern="^[A-Z]{3}$")
    synthetic: bool = False


class Column(_Plan):
    """What one column of a file means.

    Attributes:
        property: a name of docs/mapping.md, with the language after "@" where it has one.
        separator: splits the cell into several values; None for a single value.
        ignore: values that say nothing, such as "n/a"; compared after trimming, whatever the case.
    """

    property: str
    separator: str | None = Field(default=None, min_length=1)
    ignore: tuple[str, ...] = ()


class TablePlan(_Plan):
    """``[[tables]]``: one source made of files with the same columns.

    Attributes:
        name: name of the source; its facts are cited under it.
        kind: what a row of it is.
        file: one file or several, relative to the mapping file.
        format: only needed where the file name does not say it.
        delimiter: one character between the cells of a CSV file, "," by default.
        columns: column of the file -> what it means.
        relation: for links: the relation of every row.
        relations: for links: value in the relation column -> relation.
    """

    name: str = Field(pattern=_SOURCE_NAME)
    kind: TableKind
    file: Files
    format: TableFormat | None = None
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    columns: dict[str, Annotated[Column, BeforeValidator(_as_column)]] = Field(default_factory=dict)
    relation: str | None = None
    relations: dict[str, str] = Field(default_factory=dict)

    def table_files(self) -> tuple[TableFile, ...]:
        """The files as readers."""
        return tuple(TableFile(path, self.format or format_of(path) or "csv", self.delimiter) for path in self.file)

    def column_of(self, name: str) -> str | None:
        """The column that holds a property, None if no column does."""
        return next((column for column, spec in self.columns.items() if spec.property == name), None)


class RdfPlan(_Plan):
    """``[[rdf]]``: one source that is RDF already."""

    name: str = Field(pattern=_SOURCE_NAME)
    file: Files
    format: RdfFormat | None = None

    def format_of(self, path: Path) -> RdfFormat | None:
        """Stated format, or the one the file name says; None if neither does."""
        return self.format or RDF_FORMATS.get(_plain_suffix(path))


class MiningPlan(_Plan):
    """``[mining]``: what to find in titles and descriptions."""

    brands: bool = True
    features: bool = True


class Mapping(_Plan):
    """A whole mapping file, checked.

    Attributes:
        path: the mapping file itself.
    """

    path: Path
    shop: ShopSection
    tables: tuple[TablePlan, ...] = ()
    rdf: tuple[RdfPlan, ...] = ()
    mining: MiningPlan = MiningPlan()

    def tables_of(self, kind: TableKind) -> tuple[TablePlan, ...]:
        """The tables of one kind, in the order of the file."""
        return tuple(table for table in self.tables if table.kind == kind)

    def files(self) -> tuple[Path, ...]:
        """Every input file, in the order of the file."""
        return tuple(path for part in (*self.tables, *self.rdf) for path in part.file)


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file and check it against the files it names.

    Args:
        path: the TOML file; files it names are relative to its folder.

    Raises:
        MappingError: unknown key, property, relation or language, missing file or column, or TOML that
            does not parse. The message names file, table and key, and says what is allowed.
    """
    raw = _read_toml(path)
    try:
        plan = Mapping.model_validate({**raw, "path": path})
    except ValidationError as error:
        raise MappingError(_explain(error, path, raw)) from error
    plan = _with_absolute_files(plan)
    _check_sources(plan)
    tables = tuple(_checked_table(plan, table) for table in plan.tables)
    for source in plan.rdf:
        _check_rdf(plan, source)
    plan = plan.model_copy(update={"tables": tables})
    _check_interactions(plan)
    return plan


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MappingError(f"There is no mapping file {path}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError(f"The mapping file {path} cannot be read: {error}.") from error
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"{path}: not valid TOML: {error}.") from error


def _explain(error: ValidationError, path: Path, raw: AnyMapping[str, Any]) -> str:
    """The first thing pydantic found, in our words."""
    # A misspelt key is both unknown and missing: the unknown one tells more.
    errors = error.errors(include_url=False)
    first = next((e for e in errors if e["type"] == "extra_forbidden"), errors[0])
    location = first["loc"]
    key = str(location[-1])
    place = _place(location, raw)
    if first["type"] == "extra_forbidden":
        return f'{path}: {place}unknown key "{key}". {allowed(key, _keys_at(location))}'
    if first["type"] == "missing":
        return f'{path}: {place}the key "{key}" is missing.'
    if first["type"] == "literal_error":
        choices = [choice.strip("' ") for choice in re.split(r",| or ", first.get("ctx", {}).get("expected", ""))]
        written = str(first["input"])
        return f'{path}: {place}"{written}" is not allowed for "{key}". {allowed(written, choices)}'
    return f'{path}: {place}wrong value {first["input"]!r} for "{key}": {first["msg"]}.'


def _place(location: Sequence[int | str], raw: AnyMapping[str, Any]) -> str:
    """Which table an error is in, by name where it has one."""
    if len(location) < 2:
        return ""
    section, index = location[0], location[1]
    if not isinstance(index, int):
        return f"[{section}]: "
    entries = raw.get(str(section))
    entry = entries[index] if isinstance(entries, list) else None
    name = entry.get("name") if isinstance(entry, dict) else None
    where = f'table "{name}"' if name else f"number {index + 1}"
    inner = f", [{section}.columns]" if "columns" in location[2:-1] else ""
    return f"[[{section}]] {where}{inner}: "


def _keys_at(location: Sequence[int | str]) -> list[str]:
    sections: dict[str, type[_Plan]] = {
        "shop": ShopSection,
        "tables": TablePlan,
        "rdf": RdfPlan,
        "mining": MiningPlan,
    }
    if len(location) == 1:
        return list(sections)
    model = Column if "columns" in location[2:-1] else sections[str(location[0])]
    return list(model.model_fields)


def _with_absolute_files(plan: Mapping) -> Mapping:
    folder = plan.path.parent
    tables = tuple(t.model_copy(update={"file": tuple(folder / f for f in t.file)}) for t in plan.tables)
    rdf = tuple(r.model_copy(update={"file": tuple(folder / f for f in r.file)}) for r in plan.rdf)
    return plan.model_copy(update={"tables": tables, "rdf": rdf})


def _check_sources(plan: Mapping) -> None:
    if not plan.tables_of("products") and not plan.rdf:
        raise MappingError(
            f'{plan.path}: no products: add a [[tables]] entry with kind = "products" or an [[rdf]] entry.'
        )
    seen: set[str] = set()
    for part in (*plan.tables, *plan.rdf):
        own_name = isinstance(part, TablePlan) and part.kind == part.name
        if part.name in RESERVED_SOURCES and not own_name:
            raise MappingError(
                f'{plan.path}: the source name "{part.name}" is kept for facts that the program makes '
                "itself; choose another."
            )
        if part.name in seen:
            raise MappingError(
                f'{plan.path}: two sources are called "{part.name}"; give each its own name, or list '
                "the files under one entry."
            )
        seen.add(part.name)
        for file in part.file:
            if not file.is_file():
                raise MappingError(f'{plan.path}: "{part.name}": there is no file {file}.')


def _checked_table(plan: Mapping, table: TablePlan) -> TablePlan:
    where = f'{plan.path}: table "{table.name}"'
    _check_format(where, table)
    headers = {file.path: _header(where, file) for file in table.table_files()}
    if table.kind == "labels" and not table.columns:
        table = table.model_copy(update={"columns": _labels_by_header(plan, headers)})
    single: set[str] = set()
    for column, spec in table.columns.items():
        _check_column(where, column, spec, table.kind, plan.shop)
        name = split_property(spec.property)[0]
        if not PROPERTIES[table.kind][name].many:
            if spec.separator is not None:
                raise MappingError(f'{where}: "{spec.property}" holds one value, it takes no separator.')
            if spec.property in single:
                raise MappingError(f'{where}: two columns mean "{spec.property}", which holds one value.')
            single.add(spec.property)
        for file, header in headers.items():
            if column not in header:
                raise MappingError(f'{where}: the file {file} has no column "{column}". {allowed(column, header)}')
    _check_required(where, table)
    _check_relations(where, table)
    return table


def _check_format(where: str, table: TablePlan) -> None:
    for file in table.file:
        if table.format is None and format_of(file) is None:
            raise MappingError(
                f"{where}: the name of {file} does not say its format. Write one as "
                f'format = "...": {", ".join(TABLE_FORMATS)}.'
            )
        if table.delimiter is not None and (table.format or format_of(file)) != "csv":
            raise MappingError(f'{where}: "delimiter" is for CSV files only; {file} is none.')


def _header(where: str, file: TableFile) -> tuple[str, ...]:
    try:
        return file.header()
    except IngestError as error:
        raise MappingError(f"{where}: {error}") from error


def _check_column(where: str, column: str, spec: Column, kind: TableKind, shop: ShopSection) -> None:
    name, language = split_property(spec.property)
    known = PROPERTIES[kind].get(name)
    if known is None:
        raise MappingError(
            f'{where}: the column "{column}" is mapped to the unknown property "{name}". '
            f"{allowed(name, PROPERTIES[kind])}"
        )
    if language is None:
        return
    if not known.languages:
        raise MappingError(f'{where}: "{spec.property}": the property "{name}" has no language.')
    if language not in shop.languages:
        raise MappingError(
            f'{where}: "{spec.property}": the shop does not speak "{language}". '
            f"{allowed(language, shop.languages)} Add it to languages in [shop] if it should."
        )


def _check_required(where: str, table: TablePlan) -> None:
    mapped = {split_property(spec.property)[0] for spec in table.columns.values()}
    for name, known in PROPERTIES[table.kind].items():
        if known.required and name not in mapped:
            raise MappingError(
                f'{where}: no column is mapped to "{name}", which a table of {table.kind} needs. '
                f'Add a line such as COLUMN = "{name}" to [tables.columns].'
            )


def _check_relations(where: str, table: TablePlan) -> None:
    if table.kind != "links":
        if table.relation is not None or table.relations:
            raise MappingError(f'{where}: "relation" and "relations" are for tables of links only.')
        return
    by_column = table.column_of("relation") is not None
    if by_column == (table.relation is not None):
        raise MappingError(
            f"{where}: say the relation once: either map a column to "
            f'"relation", or write relation = "NAME" for all rows. {allowed("", RELATIONS)}'
        )
    for name in (*table.relations.values(), *([table.relation] if table.relation else [])):
        if name not in RELATIONS:
            raise MappingError(f'{where}: unknown relation "{name}". {allowed(name, RELATIONS)}')


def _labels_by_header(plan: Mapping, headers: AnyMapping[Path, tuple[str, ...]]) -> dict[str, Column]:
    """A table of labels without [tables.columns] uses the property names as its column names."""
    columns: dict[str, Column] = {}
    for column in dict.fromkeys(column for header in headers.values() for column in header):
        name, language = split_property(column)
        known = PROPERTIES["labels"].get(name)
        if known is not None and (language is None or language in plan.shop.languages):
            columns[column] = Column(property=column, separator="|" if known.many else None)
    return columns


def _check_rdf(plan: Mapping, source: RdfPlan) -> None:
    for file in source.file:
        if source.format_of(file) is None:
            raise MappingError(
                f'{plan.path}: [[rdf]] "{source.name}": the name of {file} does not say its format. '
                f'Write one as format = "...": {", ".join(sorted(set(RDF_FORMATS.values())))}.'
            )


def _check_interactions(plan: Mapping) -> None:
    """Tables of interactions form one log, so they must order and split alike; prices need a currency."""
    for name in ("position", "time", "split"):
        having = [t for t in plan.tables_of("interactions") if t.column_of(name) is not None]
        if having and len(having) < len(plan.tables_of("interactions")):
            raise MappingError(
                f'{plan.path}: only some tables of interactions have "{name}": all or none must, as they form one log.'
            )
    for table in plan.tables:
        if table.column_of("position") is not None and table.column_of("time") is not None:
            raise MappingError(f'{plan.path}: table "{table.name}": map "position" or "time", not both.')
        if table.column_of("price") is not None and plan.shop.currency is None:
            raise MappingError(
                f'{plan.path}: table "{table.name}" has prices, so [shop] needs a currency, such as currency = "USD".'
            )


def _plain_suffix(path: Path) -> str:
    return Path(path.name.removesuffix(".gz")).suffix.lower()
