"""From a mapping file to a published version of a shop: graph store, interaction log, manifest.

Everything is built in a staging folder; the shop's readers see the old version until the new one is
complete, and see no trace of a run that failed.
"""

import hashlib
import shutil
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pyoxigraph import RdfFormat, Store

from kg_tools.errors import IngestError
from kg_tools.graph_writer import GraphWriter
from kg_tools.ingest_rdf import RdfIngest
from kg_tools.ingest_report import IngestReport
from kg_tools.ingest_tables import TableIngest
from kg_tools.interaction_log import InteractionLog
from kg_tools.iris import ShopIris
from kg_tools.mapping import Mapping, load_mapping
from kg_tools.mining import mine
from kg_tools.progress import Progress
from kg_tools.rejections import RejectionLog
from kg_tools.shops import ShopManifest, StagingFolder, building, shop_base
from kg_tools.validation import SAMPLE, sample_violations

_BLOCK = 1 << 20


def ingest(mapping_file: Path, home: Path, shop: str, progress: Progress) -> IngestReport:
    """Build a new version of a shop from the files that a mapping names, and publish it.

    Args:
        mapping_file: the TOML file described in docs/mapping.md.
        home: the home folder of all shops.
        shop: name of the shop; an existing one gets a new version.
        progress: told about every step.

    Raises:
        MappingError: the mapping is wrong; nothing was read.
        IngestError: the data cannot be used, or the disk is full; the shop is as it was before.
    """
    plan = load_mapping(mapping_file)
    try:
        with building(home, shop) as staging:
            return _Run(plan, staging, home, progress).run()
    except OSError as error:
        raise IngestError(
            f'The shop "{shop}" could not be written under {home}: {error}. It is as it was before; make '
            "room or check the permissions, then ingest again."
        ) from error


class _Run:
    """One run; holds what its steps share."""

    def __init__(self, plan: Mapping, staging: StagingFolder, home: Path, progress: Progress) -> None:
        self._plan = plan
        self._staging = staging
        self._home = home
        self._progress = progress
        self._iris = ShopIris(shop_base(staging.name))
        self._log = InteractionLog()
        self._seconds: dict[str, float] = {}
        self._notes: list[str] = []
        self._products: list[str] = []  # IRIs

    def run(self) -> IngestReport:
        """All steps, in order."""
        with self._step("checksums", "Reading checksums of the input files"):
            fingerprint = _fingerprint(self._plan, self._progress)
        quads = self._staging.path / "quads.nq"
        with (
            self._staging.rejected_path.open("w", encoding="utf-8") as rejected_stream,
            quads.open("w", encoding="utf-8", buffering=_BLOCK, newline="\n") as quad_stream,
        ):
            rejections = RejectionLog(rejected_stream)
            counts = self._read(quad_stream, rejections)
        with self._step("loading the store", "Loading the graph store"):
            store = _load(self._staging.graph_dir, quads)
        quads.unlink()
        with self._step("SHACL", "Checking products against the shapes"):
            self._check_sample(store)
        counts["triples"] = len(store)
        del store  # closes it, so that the folder can move
        manifest = self._manifest(fingerprint, {**counts, "rejected": rejections.count})
        self._staging.write_manifest(manifest)
        return IngestReport(
            shop=manifest.name,
            version=manifest.version,
            path=self._home / "shops" / manifest.name / "versions" / manifest.version,
            counts=manifest.counts,
            seconds=self._seconds,
            rejected=rejections.summaries(),
            notes=tuple(self._notes),
        )

    def _read(self, quad_stream: IO[str], rejections: RejectionLog) -> dict[str, int]:
        """Read every source, writing quads and the interaction log; returns counts."""
        shop = self._plan.shop
        writer = GraphWriter(quad_stream, self._iris, shop.languages[0], shop.currency)
        tables = TableIngest(self._plan, writer, self._log, rejections, self._progress)
        with self._step("products", "Reading products"):
            tables.read_products()
        if self._plan.rdf:
            with self._step("RDF", "Reading RDF"):
                self._read_rdf(writer, tables, rejections)
        if not writer.products:
            raise IngestError(
                f"No product was accepted from {self._plan.path}; nothing was published. {_first_problems(rejections)}"
            )
        with self._step("labels", "Reading labels"):
            tables.read_labels()
        with self._step("links", "Reading links between products"):
            tables.read_links()
        with self._step("interactions", "Reading interactions"):
            tables.read_interactions()
            self._log.write(self._staging.interactions_path)
            writer.write_interactions(self._log.pairs())
        with self._step("mining", "Finding brands and features in titles"):
            self._notes += mine(self._plan, writer)
        writer.write_labels()
        if writer.untitled:
            products = "1 product states" if len(writer.untitled) == 1 else f"{len(writer.untitled):,} products state"
            self._notes.append(
                f"{products} no title and will be called by brand and category, or by id (first: {writer.untitled[0]})."
            )
        self._products = [self._iris.product(product) for product in writer.products]
        return {
            "products": len(writer.products),
            "interactions": len(self._log),
            "links": tables.links.distinct(),
            "shoppers": self._log.shoppers,
            "nodes": len(writer.nodes),
            "external_products": tables.links.external(writer.products),
        }

    def _read_rdf(self, writer: GraphWriter, tables: TableIngest, rejections: RejectionLog) -> None:
        scratch = self._staging.path / "scratch"
        scratch.mkdir()
        sources = RdfIngest(self._plan, writer, tables.add_link, rejections, self._progress)
        sources.read(scratch)
        self._notes += sources.notes
        shutil.rmtree(scratch)

    def _check_sample(self, store: Store) -> None:
        """Rows were checked one by one; pySHACL confirms on a sample that what was written is right."""
        found = sample_violations(store, self._products)
        if found:
            product, message = next(iter(found.items()))
            raise IngestError(
                f"{len(found)} products do not keep the shapes (first: {product}: {message}). Nothing was "
                "published; this is a defect of the program, please report it with the row of that product."
            )
        checked = min(len(self._products), SAMPLE)
        self._notes.append(
            f"All rows were checked one by one; {checked:,} products also went through SHACL, without a fault."
        )

    def _manifest(self, fingerprint: str, counts: dict[str, int]) -> ShopManifest:
        shop = self._plan.shop
        return ShopManifest(
            name=self._staging.name,
            title=shop.title,
            synthetic=shop.synthetic,
            currency=shop.currency,
            languages=shop.languages,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            version=self._staging.version,
            fingerprint=fingerprint,
            counts=counts,
            base=self._iris.base,
        )

    @contextmanager
    def _step(self, name: str, message: str) -> Generator[None, None, None]:
        self._progress(message, None)
        started = time.perf_counter()
        yield
        self._seconds[name] = time.perf_counter() - started


def _fingerprint(plan: Mapping, progress: Progress) -> str:
    """sha256 over the mapping file and every input file, in order."""
    digest = hashlib.sha256(plan.path.read_bytes())
    files = plan.files()
    for index, file in enumerate(files):
        progress("Reading checksums of the input files", index / len(files))
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def _load(graph_dir: Path, quads: Path) -> Store:
    store = Store(str(graph_dir))
    store.bulk_load(path=str(quads), format=RdfFormat.N_QUADS)
    store.flush()
    return store


def _first_problems(rejections: RejectionLog) -> str:
    summaries = rejections.summaries()[:3]
    return " ".join(f"{s.count:,} rows of {s.source}: {s.problem}." for s in summaries)
