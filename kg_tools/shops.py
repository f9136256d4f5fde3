"""Shops on disk: where their versions lie, which one is current, and how a new one is published.

``{home}/shops/{name}/current`` is a text file with a version id; it is replaced in one step, so a reader
sees the old version or the new one and never a mixture.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from kg_tools.errors import IngestError, StoreError, UnknownShopError
from kg_tools.products import Language

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_BUILDING = ".building-"


class ShopManifest(BaseModel):
    """What a version of a shop is made of; stored as ``shop.json``.

    Attributes:
        name: name of the shop, as in ``--shop``.
        title: name for people.
        synthetic: the data are made up; said wherever the shop shows.
        currency: ISO 4217 code of prices that name none themselves; None where there are no prices.
        languages: languages of titles and labels; the first is that of plain titles.
        created: ISO 8601 time in UTC.
        version: id of the version; also the name of its folder.
        fingerprint: sha256 over the mapping file and every input file.
        counts: products, interactions, links, shoppers, triples, rejected.
        base: prefix of every IRI of the shop.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    synthetic: bool = False
    currency: str | None = None
    languages: tuple[Language, ...] = ("en",)
    created: str
    version: str
    fingerprint: str
    counts: dict[str, int]
    base: str


@dataclass(frozen=True, slots=True)
class ShopFolder:
    """One published version of a shop."""

    path: Path
    manifest: ShopManifest

    @property
    def graph_dir(self) -> Path:
        """The Oxigraph store."""
        return self.path / "graph"

    @property
    def ranker_dir(self) -> Path:
        """Trained artefacts; absent before the first training."""
        return self.path / "ranker"

    @property
    def interactions_path(self) -> Path:
        """The interaction log, Parquet."""
        return self.path / "interactions.parquet"

    @property
    def arrays_path(self) -> Path:
        """The exported graph arrays; absent until the first export."""
        return self.path / "arrays.npz"

    @property
    def rejected_path(self) -> Path:
        """Rows that ingest refused, one JSON object a line."""
        return self.path / "rejected.jsonl"


@dataclass(frozen=True, slots=True)
class StagingFolder:
    """A version while it is being built; invisible to readers.

    Attributes:
        path: the folder to write into.
        version: the id the version will have.
        name: name of the shop.
    """

    path: Path
    version: str
    name: str

    @property
    def graph_dir(self) -> Path:
        """Where the Oxigraph store goes."""
        return self.path / "graph"

    @property
    def interactions_path(self) -> Path:
        """Where the interaction log goes."""
        return self.path / "interactions.parquet"

    @property
    def rejected_path(self) -> Path:
        """Where refused rows go."""
        return self.path / "rejected.jsonl"

    def write_manifest(self, manifest: ShopManifest) -> None:
        """Write ``shop.json``; without it the version is not published."""
        (self.path / "shop.json").write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")


def shop_base(name: str) -> str:
    """Prefix of every IRI of a shop: ``urn:because:{name}:``."""
    return f"urn:because:{name}:"


def open_shop(home: Path, name: str) -> ShopFolder:
    """Find the current version of a shop.

    Args:
        home: the home folder of all shops.
        name: name of the shop.

    Raises:
        UnknownShopError: there is no such shop; the message names those there are.
        StoreError: its files are damaged.
    """
    shop = _shops_dir(home) / name
    if not _NAME.fullmatch(name) or not (shop / "current").is_file():
        there = _shop_names(home)
        known = f"There are: {', '.join(there)}." if there else "There are none yet."
        raise UnknownShopError(
            f'No shop "{name}" under {home}. {known} Make one with: because ingest MAPPING.toml --shop NAME'
        )
    version = (shop / "current").read_text(encoding="utf-8").strip()
    folder = shop / "versions" / version
    return ShopFolder(folder, _read_manifest(folder / "shop.json", name))


def list_shops(home: Path) -> list[ShopManifest]:
    """Manifests of the current versions of all shops, by name.

    Raises:
        StoreError: the files of a shop are damaged.
    """
    return [open_shop(home, name).manifest for name in _shop_names(home)]


@contextmanager
def building(home: Path, name: str) -> Generator[StagingFolder, None, None]:
    """Build a new version of a shop: published when the block ends well, removed on any failure.

    The version that was current before is kept beside the new one; older ones are deleted.

    Args:
        home: the home folder of all shops; made if absent.
        name: lower-case letters, digits, "-" and "_", at most 64 characters.

    Yields:
        The folder to write into, ``shop.json`` included.

    Raises:
        IngestError: the name is not allowed, the shop is being built by another process, or the block
            wrote no ``shop.json``.
    """
    if not _NAME.fullmatch(name):
        raise IngestError(
            f'"{name}" cannot be the name of a shop: use lower-case letters, digits, "-" and "_", '
            "starting with a letter or digit, at most 64 characters."
        )
    shop = _shops_dir(home) / name
    versions = shop / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    with _locked(shop / ".lock", name):
        # Left behind by a process that was killed: we hold the lock, so nobody is writing there.
        for leftover in versions.glob(f"{_BUILDING}*"):
            shutil.rmtree(leftover)
        version = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        staging = StagingFolder(versions / f"{_BUILDING}{version}", version, name)
        staging.path.mkdir()
        try:
            yield staging
            _publish(shop, staging)
        except BaseException:  # KeyboardInterrupt too: nothing half-written stays
            shutil.rmtree(staging.path, ignore_errors=True)
            if not (shop / "current").is_file():
                shutil.rmtree(shop, ignore_errors=True)
            raise


def _publish(shop: Path, staging: StagingFolder) -> None:
    if not (staging.path / "shop.json").is_file():
        raise IngestError(f'The new version of "{staging.name}" has no shop.json; it was not published.')
    current = shop / "current"
    previous = current.read_text(encoding="utf-8").strip() if current.is_file() else None
    final = shop / "versions" / staging.version
    staging.path.rename(final)
    try:
        replace_text(current, staging.version + "\n")
    except BaseException:
        shutil.rmtree(final, ignore_errors=True)
        raise
    for old in (shop / "versions").iterdir():
        if old.name not in {staging.version, previous}:
            shutil.rmtree(old, ignore_errors=True)


def replace_text(path: Path, text: str) -> None:
    """Write a small text file in one step: a reader sees the old text or the new one.

    Args:
        path: the file.
        text: its whole new content, written as UTF-8.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _locked(path: Path, name: str) -> Generator[None, None, None]:
    with path.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise IngestError(
                f'Another process is building the shop "{name}". Wait until it is done, then try again.'
            ) from None
        yield


def _read_manifest(path: Path, name: str) -> ShopManifest:
    try:
        return ShopManifest.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise StoreError(f'The shop "{name}" is damaged: {path} cannot be read ({error}). Ingest it again.') from error


def _shops_dir(home: Path) -> Path:
    return home / "shops"


def _shop_names(home: Path) -> list[str]:
    return sorted(current.parent.name for current in _shops_dir(home).glob("*/current"))
