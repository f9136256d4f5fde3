"""Commands that measure: evaluate ranking, evaluate requests, evaluate speed. Numbers in the docs come from here."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ui.cli_shops import ShopOption
from ui.terminal import progress_shown

app = typer.Typer(help="Measure the ranker; every number in the docs comes from here.", no_args_is_help=True)

JsonOption = Annotated[bool, typer.Option("--json", help="Print the numbers as JSON instead of tables.")]


@app.command()
def ranking(
    shop: ShopOption,
    seeds: Annotated[int, typer.Option(min=1, max=10, help="Runs of the models that have a seed.")] = 3,
    models: Annotated[str, typer.Option(help="Comma-separated names; all when left out.")] = "",
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure again what was kept from an earlier run.")] = False,
    plots: Annotated[Path | None, typer.Option(help="Folder to draw the results into, as SVG files.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Leave-one-out over the whole catalogue: our ranker beside its baselines, fitted on the train split only.

    With all models, their ablations and three seeds this takes hours on a shop of ten thousand products. Every result
    is kept beside the shop, so models can be run apart (--models) and the whole table is put together at the end.
    """
    with progress_shown() as progress:
        from agent.shop_evaluation import evaluate_shop_ranking

        names = tuple(name.strip() for name in models.split(",") if name.strip())
        report = evaluate_shop_ranking(shop, seeds=seeds, models=names, fresh=fresh, plots=plots, progress=progress)
    print(json.dumps(report.as_json(), indent=2) if as_json else "\n".join(report.lines()))


@app.command()
def requests(
    shop: ShopOption,
    source: Annotated[
        Path | None, typer.Option("--requests", help="JSONL of requests with the product bought. Default: by template.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Requests in words: how often the product that was bought is found, beside BM25 and the text encoder."""
    with progress_shown() as progress:
        from agent.shop_evaluation import evaluate_shop_requests

        report = evaluate_shop_requests(shop, source, progress=progress)
    print(json.dumps(report.as_json(), indent=2) if as_json else "\n".join(report.lines()))


@app.command()
def speed(
    sizes: Annotated[str, typer.Option(help="Numbers of products, comma-separated.")] = "10000,100000,1000000",
    as_json: JsonOption = False,
) -> None:
    """How fast requests are ranked, on generated shops; a million products take 6 GB and some minutes."""
    numbers = [int(size) for size in sizes.split(",") if size.strip().isdecimal()]
    if not numbers or min(numbers) < 100 or len(numbers) != len(sizes.split(",")):
        raise typer.BadParameter(f"Give whole numbers of at least 100, comma-separated, not {sizes!r}.")
    with progress_shown() as progress:
        from ranker.benchmark import benchmark_rank

        report = benchmark_rank(numbers, progress=progress)
    print(json.dumps(report.as_json(), indent=2) if as_json else "\n".join(report.lines()))
