"""Commands that make and inspect shops: ingest, train, demo, shops, doctor."""

from pathlib import Path
from typing import Annotated

import typer

from ui.terminal import USER_ERROR, progress_shown

ShopOption = Annotated[str, typer.Option("--shop", help="Name of the shop: lower case letters, digits, dashes.")]
DEMO = "demo"


def add_to(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command()(ingest)
    app.command()(train)
    app.command()(demo)
    app.command()(shops)
    app.command()(doctor)


def ingest(
    mapping: Annotated[Path, typer.Argument(help="Mapping file, see docs/mapping.md.", metavar="MAPPING.toml")],
    shop: ShopOption,
) -> None:
    """Read a catalogue (tables or RDF) into a shop. The shop changes only if all of it went well."""
    from agent.settings import Settings
    from kg_tools.ingest import ingest as run

    with progress_shown() as progress:
        report = run(mapping, Settings().home, shop, progress)
    print("\n".join(report.lines()))
    print(f"Next: because train --shop {shop}")


def train(
    shop: ShopOption,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    epochs: Annotated[int | None, typer.Option(min=0, help="At most so many passes over the data.")] = None,
) -> None:
    """Train the shop's ranker from its graph and its interactions."""
    with progress_shown() as progress:
        from agent.shop_training import train_shop

        report = train_shop(shop, seed=seed, epochs=epochs, progress=progress)
    print("\n".join(report.lines()))


def demo(
    force: Annotated[bool, typer.Option("--force", help="Make it anew even if it is there.")] = False,
) -> None:
    """Make the synthetic demo shop: generate its data, ingest, train. Does nothing when it is ready."""
    from agent.settings import Settings
    from agent.shop_training import DEMO_EPOCHS, is_trained, train_shop
    from kg_tools.demo_shop import write_demo_shop
    from kg_tools.ingest import ingest as run

    home = Settings().home
    if not force and is_trained(home, DEMO):
        print("The demo shop is ready.")
        return
    with progress_shown() as progress:
        progress("Writing the synthetic demo catalogue", None)
        mapping = write_demo_shop(home / "demo-data")
        ingested = run(mapping, home, DEMO, progress)
        trained = train_shop(DEMO, epochs=DEMO_EPOCHS, progress=progress)
    print("\n".join([*ingested.lines(), *trained.lines()]))


def shops() -> None:
    """List the shops."""
    from agent.settings import Settings
    from agent.shop_training import is_trained
    from kg_tools.shops import list_shops

    home = Settings().home
    manifests = list_shops(home)
    if not manifests:
        print(f"No shops under {home}. Make one: because demo, or because ingest MAPPING.toml --shop NAME")
    for manifest in manifests:
        counts = manifest.counts
        state = "trained" if is_trained(home, manifest.name) else f"not trained: because train --shop {manifest.name}"
        synthetic = " (synthetic data)" if manifest.synthetic else ""
        print(
            f"{manifest.name}: {manifest.title}{synthetic}; {counts.get('products', 0):,} products, "
            f"{counts.get('interactions', 0):,} interactions, built {manifest.created[:10]}, {state}"
        )


def doctor() -> None:
    """Say what is missing and how to get it."""
    from agent.doctor import examine

    findings = examine()
    for finding in findings:
        print(f"{'ok     ' if finding.ok else 'MISSING'}  {finding.what}: {finding.detail}")
    if not all(finding.ok or finding.optional for finding in findings):
        raise typer.Exit(USER_ERROR)
