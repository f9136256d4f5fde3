"""``python -m kg_tools.demo_shop FOLDER``: write the demo shop and print what is in it."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from kg_tools.demo_shop.writing import write_demo_shop


def main(arguments: list[str] | None = None) -> int:
    """Write the shop; returns the exit code: 0, or 2 where the arguments do not go together."""
    parser = argparse.ArgumentParser(prog="python -m kg_tools.demo_shop", description="Write the synthetic demo shop.")
    parser.add_argument("folder", type=Path, help="where the files go")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--products", type=int, default=2400)
    parser.add_argument("--shoppers", type=int, default=3000)
    parser.add_argument("--interactions", type=int, default=60_000)
    options = parser.parse_args(arguments)
    try:
        mapping = write_demo_shop(
            options.folder,
            seed=options.seed,
            products=options.products,
            shoppers=options.shoppers,
            interactions=options.interactions,
        )
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.writelines(f"{line}\n" for line in _report(mapping))
    return 0


def _report(mapping: Path) -> Iterable[str]:
    folder = mapping.parent
    rows = [json.loads(line) for line in (folder / "products.jsonl").read_text(encoding="utf-8").splitlines()]
    prices = np.array([row["price"] for row in rows])
    models = Counter((row["brand"], row["model"], row["categories"]) for row in rows)
    labels = Counter(row[0] for row in _table(folder / "labels.tsv"))
    links = Counter(row[1] for row in _table(folder / "links.tsv"))
    log = list(_table(folder / "interactions.tsv"))
    per_shopper = np.array(sorted(Counter(row[0] for row in log).values()))
    per_product = np.array(sorted(Counter(row[1] for row in log).values(), reverse=True))
    tenth = len(rows) // 10
    yield f"mapping file   {mapping}"
    yield f"products       {len(rows)}, {len(models)} models, {sum(n > 1 for n in models.values())} in several colours"
    yield f"categories     {len({row['categories'] for row in rows})}"
    yield f"brands         {len({row['brand'] for row in rows})}"
    yield f"prices         {prices.min():.2f} to {prices.max():.2f} EUR, median {np.median(prices):.2f}"
    yield f"out of stock   {sum(row['inventory'] == 0 for row in rows)}"
    yield f"labels         {', '.join(f'{count} {kind}' for kind, count in sorted(labels.items()))}"
    yield f"links          {', '.join(f'{count} {name}' for name, count in sorted(links.items()))}"
    yield f"shoppers       {len(per_shopper)}"
    yield f"interactions   {len(log)}, {log[0][2][:10]} to {log[-1][2][:10]}"
    yield f"per shopper    {per_shopper[0]} to {per_shopper[-1]}, median {np.median(per_shopper):.0f}"
    yield f"top 10 % of products hold {100 * per_product[:tenth].sum() / len(log):.0f} % of the interactions"


def _table(file: Path) -> Iterable[list[str]]:
    """The rows of a TSV file after its header."""
    with file.open(encoding="utf-8") as stream:
        next(stream)
        for line in stream:
            yield line.rstrip("\n").split("\t")


if __name__ == "__main__":
    raise SystemExit(main())
