"""What an ingest did, for people and for tests."""

from dataclasses import dataclass, field
from pathlib import Path

from kg_tools.rejections import RejectionSummary

_LISTED = 8


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did.

    Attributes:
        shop: name of the shop.
        version: id of the published version.
        path: folder of the version.
        counts: as in the manifest: products, interactions, links, shoppers, triples, rejected, and more.
        seconds: step -> wall-clock seconds, in order.
        rejected: refused rows by source and problem, most frequent first.
        notes: what else the owner should know, as sentences.
    """

    shop: str
    version: str
    path: Path
    counts: dict[str, int]
    seconds: dict[str, float]
    rejected: tuple[RejectionSummary, ...] = ()
    notes: tuple[str, ...] = field(default_factory=tuple)

    def lines(self) -> list[str]:
        """The report as sentences, one a line."""
        counts = self.counts
        lines = [
            f'The shop "{self.shop}" is ready (version {self.version}).',
            (
                f"{counts['products']:,} products, {counts['links']:,} links between products, "
                f"{counts['interactions']:,} interactions of {counts['shoppers']:,} shoppers, "
                f"{counts['triples']:,} triples in the graph."
            ),
            *self.notes,
        ]
        if self.rejected:
            rows = "1 row was" if counts["rejected"] == 1 else f"{counts['rejected']:,} rows were"
            lines.append(f"{rows} refused, listed in {self.path / 'rejected.jsonl'}:")
            lines += [_sentence(summary) for summary in self.rejected[:_LISTED]]
            if len(self.rejected) > _LISTED:
                lines.append(f"  and {len(self.rejected) - _LISTED} other problems.")
        else:
            lines.append("No row was refused.")
        spent = ", ".join(f"{step} {seconds:.1f} s" for step, seconds in self.seconds.items())
        lines.append(f"It took {sum(self.seconds.values()):.1f} seconds: {spent}.")
        return lines


def _sentence(summary: RejectionSummary) -> str:
    first = summary.examples[0]
    where = f"{Path(first.file).name}, line {first.line}" if first.line else Path(first.file).name
    holding = f' has "{first.value}"' if first.value else ""
    column = f", column {first.column}," if first.column else ""
    return f"  {summary.count:,} of {summary.source}: {summary.problem} (first: {where}{column}{holding})"
