"""Writes the demo shop as the files a mapping file can describe."""

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from kg_tools.demo_shop.brands import BRANDS
from kg_tools.demo_shop.companions import ItemLink, make_links
from kg_tools.demo_shop.making import Item, make_items
from kg_tools.demo_shop.oracle import save_tastes
from kg_tools.demo_shop.shop_data import (
    AUDIENCE_PLACES,
    CATEGORIES,
    COLOUR_WORDS,
    DEPARTMENT_OF,
    DEPARTMENTS,
    FEATURES,
    MATERIAL_WORDS,
    OCCASION_PLACES,
)
from kg_tools.demo_shop.shopping import Purchases, go_shopping, iso_time
from kg_tools.demo_shop.spec import Word
from kg_tools.demo_shop.tastes import Tastes, draw_tastes
from kg_tools.demo_shop.wording import Wording

MAPPING_FILE = "demo.toml"
TASTES_FILE = "tastes.npz"
_MAPPING = """\
# The synthetic demo shop: every product, brand and shopper is invented. See docs/demo-shop.md.
[shop]
title = "Demo shop (synthetic)"
languages = ["en", "zh"]
currency = "EUR"
synthetic = true

[[tables]]
name = "catalogue"
kind = "products"
file = "products.jsonl"
[tables.columns]
product_id = "id"
title = "name"
"title@zh" = "name@zh"
description = "description"
brand = "brand"
categories = { property = "category", separator = "|" }
colour = "colour"
material = "material"
features = { property = "feature", separator = "|" }
occasions = { property = "occasion", separator = "|" }
audiences = { property = "audience", separator = "|" }
size = "size"
weight = "weight"
model = "model"
price = "price"
availability = "availability"
inventory = "inventory"

[[tables]]
name = "links"
kind = "links"
file = "links.tsv"
[tables.columns]
product_id = "subject"
relation = "relation"
target_product_id = "object"
[tables.relations]
boughtTogether = "boughtTogether"
isAccessoryFor = "isAccessoryFor"

[[tables]]
name = "interactions"
kind = "interactions"
file = "interactions.tsv"
[tables.columns]
shopper_id = "shopper"
product_id = "product"
time = "time"

[[tables]]
name = "labels"
kind = "labels"
file = "labels.tsv"
[tables.columns]
kind = "kind"
value = "value"
"label@en" = "label@en"
"label@zh" = "label@zh"
"synonyms@en" = { property = "synonyms@en", separator = "|" }
"synonyms@zh" = { property = "synonyms@zh", separator = "|" }
broader = "broader"

[mining]
brands = false
features = false
"""


def write_demo_shop(
    folder: Path, *, seed: int = 7, products: int = 2400, shoppers: int = 3000, interactions: int = 60_000
) -> Path:
    """Write the synthetic demo shop into a folder, replacing what is there.

    The same arguments give the same bytes. The files appear together or not at all.

    Args:
        folder: where the files go; its parent is made if need be. An existing folder is only replaced
            if it is empty or holds a demo shop.
        seed: another seed, another shop.
        products: at least two per category.
        shoppers: how many shoppers have a history.
        interactions: at least five per shopper.

    Returns:
        The mapping file, ``folder/demo.toml``.

    Raises:
        ValueError: the counts do not go together.
        FileExistsError: the folder holds something else than a demo shop.
    """
    _refuse_foreign(folder)
    items = make_items(products, seed)
    links = make_links(items, seed)
    tastes = draw_tastes(items, links, shoppers, seed)
    purchases = go_shopping(tastes, interactions, seed)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as workplace:
        staging = Path(workplace) / "shop"
        staging.mkdir()
        _write_products(staging / "products.jsonl", items, seed)
        _write_links(staging / "links.tsv", items, links)
        _write_interactions(staging / "interactions.tsv", tastes, purchases)
        _write_table(staging / "labels.tsv", _LABEL_COLUMNS, _labels())
        save_tastes(tastes, staging / TASTES_FILE)
        (staging / MAPPING_FILE).write_text(_MAPPING, encoding="utf-8")
        if folder.exists():
            shutil.move(folder, Path(workplace) / "old")
        staging.replace(folder)
    return folder / MAPPING_FILE


def _refuse_foreign(folder: Path) -> None:
    """Never delete what this program did not write."""
    if not folder.exists() or (folder / MAPPING_FILE).is_file():
        return
    if not folder.is_dir() or any(folder.iterdir()):
        raise FileExistsError(f"{folder} exists and holds no demo shop; choose another folder or empty it.")


def _write_products(file: Path, items: Sequence[Item], seed: int) -> None:
    wordings: dict[int, Wording] = {}
    with file.open("w", encoding="utf-8", newline="\n") as stream:
        for item in items:
            number = item.model.number
            if number not in wordings:
                wordings[number] = Wording(item.model, seed)
            stream.write(json.dumps(_product_row(item, wordings[number]), ensure_ascii=False) + "\n")


def _product_row(item: Item, wording: Wording) -> dict[str, str | float | int]:
    model = item.model
    row: dict[str, str | float | int | None] = {
        "product_id": item.product_id,
        "title": wording.title(item),
        "title@zh": wording.title_zh(item),
        "description": wording.description(item),
        "brand": model.brand.name,
        "model": model.name,
        "categories": model.category.name.en,
        "colour": item.colour,
        "material": model.material,
        "features": "|".join(model.features),
        "occasions": "|".join(model.occasions),
        "audiences": "|".join(model.audiences),
        "size": f"{model.fits[0]}-{model.fits[-1]}" if model.fits else model.size[0] if model.size else "",
        "weight": _weight(model.grams),
        "price": model.price,
        "availability": "in stock" if item.inventory else "out of stock",
        "inventory": item.inventory,
    }
    return {name: value for name, value in row.items() if value is not None and value != ""}


def _weight(grams: int | None) -> str:
    if grams is None:
        return ""
    return f"{grams} g" if grams < 1000 else f"{grams / 1000:.1f} kg"


def _write_links(file: Path, items: Sequence[Item], links: Sequence[ItemLink]) -> None:
    _write_table(
        file,
        ("product_id", "relation", "target_product_id"),
        ((items[link.subject].product_id, link.relation, items[link.target].product_id) for link in links),
    )


def _write_interactions(file: Path, tastes: Tastes, purchases: Purchases) -> None:
    columns = zip(purchases.shopper.tolist(), purchases.product.tolist(), purchases.seconds.tolist(), strict=True)
    _write_table(
        file,
        ("shopper_id", "product_id", "time"),
        ((tastes.shopper_ids[s], tastes.product_ids[p], iso_time(t)) for s, p, t in columns),
    )


_LABEL_COLUMNS = ("kind", "value", "label@en", "label@zh", "synonyms@en", "synonyms@zh", "broader")


def _labels() -> Iterator[tuple[str, ...]]:
    for brand in BRANDS:
        yield _label("brand", Word(brand.name, brand.name))
    for department in DEPARTMENTS:
        yield _label("category", department.name)
    for category in CATEGORIES.values():
        yield _label("category", category.name, DEPARTMENT_OF[category.name.en].name.en)
    for colour in COLOUR_WORDS.values():
        yield _label("colour", colour)
    for material in MATERIAL_WORDS.values():
        yield _label("material", material)
    for feature in FEATURES.values():
        yield _label("feature", feature.word)
    for occasion in OCCASION_PLACES.values():
        yield _label("occasion", occasion.word)
    for audience in AUDIENCE_PLACES.values():
        yield _label("audience", audience.word)


def _label(kind: str, word: Word, broader: str = "") -> tuple[str, ...]:
    return (kind, word.en, word.en, word.zh, "|".join(word.synonyms_en), "|".join(word.synonyms_zh), broader)


def _write_table(file: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with file.open("w", encoding="utf-8", newline="\n") as stream:
        for row in (header, *rows):
            stream.write("\t".join(row) + "\n")
