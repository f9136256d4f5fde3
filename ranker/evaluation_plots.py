"""Three pictures of an evaluation, as small SVG files that look the same each time they are written.

Colours are those of Okabe & Ito (2008), which people with any common colour blindness can tell apart; lines also
have markers, and bars their share in figures.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ranker.metrics import Interval, bootstrap, metrics_of_ranks
from ranker.ranking import RankedProduct

if TYPE_CHECKING:  # half a second to import, and only for those who want pictures
    from matplotlib.axes import Axes

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999", "#F0E442")
LIGHT = {"#E69F00", "#56B4E9", "#F0E442", "#CC79A7", "#999999"}
SHOWN_FROM = 5
"""Per cent from which a bar has room for its figure."""
MARKERS = "osD^vPX*<>"
LENGTH_EDGES = (0, 1, 4, 5, 6, 8, 11, 21)
"""Histories are put together from one of these lengths up to below the next."""


@dataclass(frozen=True, slots=True)
class PlottedResults:
    """What there is to draw; an empty mapping leaves its picture out.

    Attributes:
        shop: its name, for titles.
        by_length: model -> bin of history lengths ("4", "6-7", "21+") -> NDCG@10; from ``ndcg_by_length``.
        term_sizes: model -> term name -> mean size in a product's score; from ``mean_term_sizes``.
        curves: model -> per seed, NDCG@10 on valid before training and after each epoch.
    """

    shop: str
    by_length: Mapping[str, Mapping[str, Interval]] = field(default_factory=dict)
    term_sizes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    curves: Mapping[str, Sequence[Sequence[float]]] = field(default_factory=dict)


def ndcg_by_length(rank: NDArray[np.int64], lengths: NDArray[np.int64]) -> dict[str, Interval]:
    """NDCG@10 of shoppers with like histories, by bin in rising order; empty bins are left out.

    Args:
        rank: (seeds, S) or (S,), 0-based rank of each shopper's target.
        lengths: (S,), products each shopper had met.
    """
    values = metrics_of_ranks(np.atleast_2d(rank))["ndcg@10"]
    found: dict[str, Interval] = {}
    for start, end in pairwise((*LENGTH_EDGES, np.inf)):
        rows = (lengths >= start) & (lengths < end)
        if rows.any():
            name = f"{start}+" if end == np.inf else str(start) if end == start + 1 else f"{start}-{int(end) - 1}"
            found[name] = bootstrap(values[:, rows])
    return found


def mean_term_sizes(products: Iterable[RankedProduct]) -> dict[str, float]:
    """Term name -> mean over products of the size of that name's sum, largest first."""
    total: dict[str, float] = {}
    count = 0
    for product in products:
        sums: dict[str, float] = {}
        for term in product.terms:
            sums[term.name] = sums.get(term.name, 0.0) + term.value
        for name, value in sums.items():
            total[name] = total.get(name, 0.0) + abs(value)
        count += 1
    return {name: value / count for name, value in sorted(total.items(), key=lambda item: -item[1])}


def write_plots(results: PlottedResults, folder: Path) -> list[Path]:
    """Draws what there is into ``folder``, which is made, and returns the files.

    ``ndcg-by-history.svg``, ``score-terms.svg`` and ``training-curves.svg``; older ones are replaced.
    """
    drawn = (
        ("ndcg-by-history", results.by_length, _by_length),
        ("score-terms", results.term_sizes, _term_sizes),
        ("training-curves", results.curves, _curves),
    )
    files: list[Path] = []
    for name, data, draw in drawn:
        if data:
            files.append(folder / f"{name}.svg")
            _write(files[-1], results.shop, data, draw)
    return files


def _write(file: Path, shop: str, data: Mapping[str, Any], draw: Any) -> None:  # noqa: ANN401 - one of the three below
    from matplotlib import rc_context  # noqa: PLC0415 - see above
    from matplotlib.figure import Figure  # noqa: PLC0415

    file.parent.mkdir(parents=True, exist_ok=True)
    with rc_context(
        {
            "svg.hashsalt": "because",
            "svg.fonttype": "none",
            "font.size": 9,
            "axes.spines.top": False,
            "axes.spines.right": False,
        }
    ):
        figure = Figure(figsize=(6.4, 3.6), layout="constrained")
        axes = figure.subplots()
        draw(axes, data, shop)
        # No date inside, so that the same figures give the same file.
        figure.savefig(file, format="svg", metadata={"Date": None})


def _by_length(axes: "Axes", data: Mapping[str, Mapping[str, Interval]], shop: str) -> None:
    bins = sorted({name for row in data.values() for name in row}, key=lambda name: int(name.rstrip("+").split("-")[0]))
    for number, (model, row) in enumerate(data.items()):
        known = [one for one in bins if one in row]
        # A little apart, so that intervals do not hide each other.
        at = np.array([bins.index(one) for one in known]) + 0.06 * (number - (len(data) - 1) / 2)
        mean = np.array([row[one].mean for one in known])
        reach = np.array([(row[one].mean - row[one].low, row[one].high - row[one].mean) for one in known]).T
        colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
        axes.errorbar(
            at,
            mean,
            reach,
            label=model,
            color=colour,
            marker=marker,
            markersize=4,
            linewidth=1.2,
            elinewidth=0.8,
            linestyle="-" if number < len(COLOURS) else "--",
        )
    axes.set_xticks(range(len(bins)), bins)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("products in the history")
    axes.set_ylabel("NDCG@10 (95 % interval)")
    axes.set_title(f"{shop}: ranking by length of history")
    axes.legend(frameon=False, ncols=2)


def _term_sizes(axes: "Axes", data: Mapping[str, Mapping[str, float]], shop: str) -> None:
    names = list(dict.fromkeys(name for row in data.values() for name in row))
    models = list(data)
    left = np.zeros(len(models))
    whole = np.array([max(sum(data[model].values()), 1e-12) for model in models])
    for number, name in enumerate(names):
        share = 100 * np.array([data[model].get(name, 0.0) for model in models]) / whole
        colour = COLOURS[number % len(COLOURS)]
        bars = axes.barh(models, share, left=left, label=name, color=colour, edgecolor="white", linewidth=0.5)
        shown = [f"{value:.0f}" if value >= SHOWN_FROM else "" for value in share]
        axes.bar_label(bars, shown, label_type="center", color="black" if colour in LIGHT else "white", fontsize=8)
        left += share
    axes.set_xlim(0, 100)
    axes.invert_yaxis()
    axes.set_xlabel("share of mean term size in the top 10, %")
    axes.set_title(f"{shop}: what scores are made of")
    axes.legend(frameon=False, ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.2))


def _curves(axes: "Axes", data: Mapping[str, Sequence[Sequence[float]]], shop: str) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    for number, (model, seeds) in enumerate(data.items()):
        for place, curve in enumerate(seeds):
            colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
            label = model if place == 0 else None
            axes.plot(range(len(curve)), curve, label=label, color=colour, marker=marker, markersize=3.5, linewidth=1.2)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("epoch")
    axes.set_ylabel("NDCG@10 on valid")
    axes.set_title(f"{shop}: training, one line per seed")
    axes.legend(frameon=False)
