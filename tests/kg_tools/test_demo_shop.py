"""The demo shop's files: complete, agreeing with themselves, and the same every time."""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from kg_tools.demo_shop import write_demo_shop
from kg_tools.demo_shop.rules import EXCLUDES
from kg_tools.demo_shop.shop_data import (
    AUDIENCE_PLACES,
    CATEGORIES,
    COLOUR_WORDS,
    DEPARTMENTS,
    FEATURES,
    MATERIAL_WORDS,
    OCCASION_PLACES,
)
from kg_tools.mapping import load_mapping

REPOSITORY = Path(__file__).parents[2]
SMALL = {"products": 300, "shoppers": 60, "interactions": 900}
FILES = {"demo.toml", "products.jsonl", "links.tsv", "interactions.tsv", "labels.tsv", "tastes.npz"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A full-size catalogue with few shoppers."""
    folder = tmp_path_factory.mktemp("demo") / "shop"
    write_demo_shop(folder, products=2400, shoppers=200, interactions=3000)
    return folder


@pytest.fixture(scope="module")
def products(shop):
    return [json.loads(line) for line in (shop / "products.jsonl").read_text(encoding="utf-8").splitlines()]


def table(file):
    header, *rows = (line.split("\t") for line in file.read_text(encoding="utf-8").splitlines())
    return [dict(zip(header, row, strict=True)) for row in rows]


def values(product, column):
    return [value for value in product.get(column, "").split("|") if value]


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_all_files_are_written_and_nothing_else(shop):
    assert {file.name for file in shop.iterdir()} == FILES
    assert list(shop.parent.iterdir()) == [shop]


def test_counts(shop, products):
    assert len(products) == len({p["product_id"] for p in products}) == 2400
    assert len({p["title"] for p in products}) > 2380
    assert {p["categories"] for p in products} == set(CATEGORIES)
    assert len(CATEGORIES) >= 60
    assert len(DEPARTMENTS) == 10
    assert len({p["brand"] for p in products}) >= 60
    assert min(Counter(p["categories"] for p in products).values()) >= 10
    assert 0.04 < sum(p["inventory"] == 0 for p in products) / 2400 < 0.08
    assert all((p["inventory"] == 0) == (p["availability"] == "out of stock") for p in products)
    interactions = table(shop / "interactions.tsv")
    assert len(interactions) == 3000
    assert len({row["shopper_id"] for row in interactions}) == 200


def test_interactions_are_timed_and_never_repeat(shop, products):
    rows = table(shop / "interactions.tsv")
    times = [row["time"] for row in rows]
    assert times == sorted(times)
    assert "2025-03-01" <= times[0] < times[-1] < "2026-09-02"
    assert len({(row["shopper_id"], row["product_id"]) for row in rows}) == len(rows)
    assert len({(row["shopper_id"], row["time"]) for row in rows}) == len(rows)
    assert {row["product_id"] for row in rows} <= {p["product_id"] for p in products}
    assert min(Counter(row["shopper_id"] for row in rows).values()) >= 5


def test_same_seed_same_bytes_whatever_the_hash_seed(tmp_path):
    write_demo_shop(tmp_path / "one", seed=3, **SMALL)
    script = (
        "import sys; from pathlib import Path; from kg_tools.demo_shop import write_demo_shop; "
        f"write_demo_shop(Path(sys.argv[1]), seed=3, **{SMALL!r})"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": str(REPOSITORY)}
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "two")], check=True, env=environment)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    write_demo_shop(tmp_path / "one", seed=4, **SMALL)
    assert contents(tmp_path / "one")["products.jsonl"] != contents(tmp_path / "two")["products.jsonl"]


def test_mapping_file_loads_and_says_synthetic(shop):
    plan = load_mapping(shop / "demo.toml")
    assert plan.shop.synthetic
    assert "synthetic" in plan.shop.title
    assert plan.shop.currency == "EUR"
    raw = tomllib.loads((shop / "demo.toml").read_text(encoding="utf-8"))
    for entry in raw["tables"]:
        first = (shop / entry["file"]).read_text(encoding="utf-8").splitlines()[0]
        header = json.loads(first) if entry["file"].endswith(".jsonl") else first.split("\t")
        optional = {"colour", "material", "size", "weight", "occasions", "audiences", "features"}
        assert set(entry["columns"]) - optional <= set(header)


LABELS = {
    "features": {name for name in FEATURES if not name.startswith("size ")},
    "material": set(MATERIAL_WORDS),
    "colour": set(COLOUR_WORDS),
}
KIND_NOUNS = sorted({k.en for c in CATEGORIES.values() for k in c.kinds}, key=len, reverse=True)
ANY_LABEL = re.compile(
    r"(?<![\w-])("
    + "|".join(re.escape(n) for n in sorted(set().union(*LABELS.values()), key=len, reverse=True))
    + r")(?![\w-])",
    re.IGNORECASE,
)


def said(text):
    """Every feature, material and colour a text names; the longest label wins."""
    return {match.group(1).casefold() for match in ANY_LABEL.finditer(text)}


def stated(product):
    return {v.casefold() for column in LABELS for v in values(product, column)}


def test_titles_and_descriptions_say_only_what_the_row_states(products):
    for product in products:
        noun = next(n for n in KIND_NOUNS if n in product["title"])
        head = product["title"].removeprefix(f"{product['brand']} {product['model']}").replace(noun, "")
        text = product["description"].replace(product["model"], "")
        assert said(head) <= stated(product), product["title"]
        assert said(text) <= stated(product), product["description"]


def test_titles_name_brand_model_and_colour(products):
    for product in products:
        assert product["title"].startswith(f"{product['brand']} {product['model']} ")
        assert product["title@zh"].startswith(f"{product['brand']} {product['model']} ")
        if product.get("colour"):
            assert f", {product['colour']}" in product["title"]
            assert COLOUR_WORDS[product["colour"]].zh in product["title@zh"]


def test_no_product_has_attributes_that_exclude_each_other(products):
    for product in products:
        has = {v for column in (*LABELS, "occasions", "audiences", "size") for v in values(product, column)}
        for name in has:
            assert not EXCLUDES.get(name, frozenset()) & has, (product["title"], name)


def test_descriptions_are_prose_of_two_to_six_sentences(products):
    for product in products:
        text = product["description"]
        assert "{" not in text
        assert "  " not in text
        assert text.endswith((".", "!"))
        assert 2 <= len(re.findall(r"[.!?](?=\s|\Z|\")", text)) <= 9, text
    assert max(Counter(p["description"] for p in products).values()) <= 4


def test_prices_stay_in_their_category(products):
    for product in products:
        lowest, _, highest = CATEGORIES[product["categories"]].price
        assert lowest <= product["price"] <= highest
    headphones = [p["price"] for p in products if p["categories"] == "headphones"]
    assert min(headphones) < 100 < max(headphones)


def test_no_leather_tent_and_none_under_25(products):
    tents = [p for p in products if p["categories"] == "tents"]
    assert {p["material"] for p in tents} <= {"nylon", "polyester", "recycled polyester", "cotton canvas"}
    assert min(p["price"] for p in tents) > 25


@pytest.mark.parametrize("category", ["pans", "kitchen knives", "food containers"])
def test_dishwasher_is_stated_for_some_and_left_open_for_others(products, category):
    says = Counter(
        "yes" if "dishwasher safe" in p["features"] else "no" if "hand wash only" in p["features"] else "open"
        for p in ({**p, "features": values(p, "features")} for p in products)
        if p["categories"] == category
    )
    assert min(says[answer] for answer in ("yes", "no", "open")) >= 1


def test_acceptance_requests_have_answers(products):
    def find(category, column, *wanted):
        in_stock = [p for p in products if p["inventory"] and category in {"", p["categories"]}]
        return [p for p in in_stock if set(wanted) <= {v for c in column for v in values(p, c)}]

    commuting = find("headphones", ("features", "occasions"), "wireless", "commuting")
    assert sum(p["price"] <= 100 for p in commuting) >= 5
    assert sum(20 <= p["price"] <= 40 for p in find("", ("audiences",), "bakers")) >= 20
    assert len(find("shampoo", ("audiences",), "dry hair")) >= 5
    assert len(find("speakers", ("features",), "Bluetooth", "waterproof")) >= 5
    assert len(find("curling irons", ("material",), "ceramic")) >= 5
    assert find("backpacks", ("features", "audiences"), "waterproof", "fits A4", "children")
    for shoes in ("running shoes", "hiking boots"):
        assert len(find(shoes, ("features",), "size 42")) >= 5
    basics = ("tents", "sleeping bags", "camping mats", "camping stoves", "camping lamps")
    assert sum(min(p["price"] for p in find(kind, ("occasions",), "camping")) for kind in basics) <= 200


def test_some_products_come_in_several_colours(products):
    models = {}
    for product in products:
        key = (product["brand"], product["model"], product["categories"])
        models.setdefault(key, []).append(product)
    several = [group for group in models.values() if len(group) > 1]
    assert len(several) > 200
    for group in several:
        assert len({p["colour"] for p in group}) == len(group)
        assert len({(p["price"], p.get("features"), p.get("material")) for p in group}) == 1


def test_links_are_sensible(shop, products):
    category = {p["product_id"]: p["categories"] for p in products}
    links = table(shop / "links.tsv")
    assert len({tuple(link.values()) for link in links}) == len(links)
    together = [link for link in links if link["relation"] == "boughtTogether"]
    assert 3 <= len(together) / len(products) <= 8
    assert {p["product_id"] for p in products} == {link["product_id"] for link in together}
    for link in links:
        one, other = category[link["product_id"]], category[link["target_product_id"]]
        partners = {*CATEGORIES[one].companions, *CATEGORIES[one].accessory_for}
        assert other in partners or one in CATEGORIES[other].companions
        if link["relation"] == "isAccessoryFor":
            assert other in CATEGORIES[one].accessory_for


def test_every_value_has_labels_in_both_languages(shop, products):
    labels = {(row["kind"], row["value"]): row for row in table(shop / "labels.tsv")}
    columns = {
        "brand": "brand",
        "categories": "category",
        "colour": "colour",
        "material": "material",
        "features": "feature",
        "occasions": "occasion",
        "audiences": "audience",
    }
    for product in products:
        for column, kind in columns.items():
            assert all((kind, value) in labels for value in values(product, column))
    chinese = re.compile(r"[\u4e00-\u9fff]")
    for (kind, value), row in labels.items():
        assert row["label@en"] == value
        assert row["label@zh"]
        assert kind == "brand" or chinese.search(row["label@zh"]), value
        assert not chinese.search(row["label@en"] + row["synonyms@en"])
        assert kind == "category" or not row["broader"]
    departments = {department.name.en for department in DEPARTMENTS}
    assert {labels["category", name]["broader"] for name in CATEGORIES} == departments


def test_a_label_or_synonym_means_one_thing_within_its_kind(shop):
    for language in ("en", "zh"):
        meanings = {}
        for row in table(shop / "labels.tsv"):
            for name in {row[f"label@{language}"], *row[f"synonyms@{language}"].split("|")} - {""}:
                meanings.setdefault((row["kind"], name.casefold()), set()).add(row["value"])
        shared = {key: found for key, found in meanings.items() if len(found) > 1}
        wood = {"wood", "木头", "木质", "实木"}  # beech and oak are both meant
        cable_free = {"cordless", "无绳"}  # wireless headphones, battery powered drills
        assert {name for _, name in shared} <= wood | cable_free, shared


def test_water_resistant_is_not_waterproof():
    assert "water resistant" not in FEATURES["waterproof"].word.synonyms_en
    assert "waterproof" in EXCLUDES["water resistant"]
    assert {"no wires", "cordless"} <= set(FEATURES["wireless"].word.synonyms_en)


def test_hand_written_names_exist():
    for category in CATEGORIES.values():
        in_groups = {name for group in category.either for name in group if name}
        assert {*category.features, *in_groups, *(f for k in category.kinds for f in k.features)} <= set(FEATURES)
        assert set(category.materials) <= set(MATERIAL_WORDS)
        assert set(category.colours) <= set(COLOUR_WORDS)
        assert set(category.occasions) <= set(OCCASION_PLACES)
        assert {*category.audiences, *(a for k in category.kinds for a in k.audiences)} <= set(AUDIENCE_PLACES)
        assert {*category.companions, *category.accessory_for} <= set(CATEGORIES)
        sizes = {size for size, _ in category.sizes}
        assert all(set(kind.sizes or ()) <= sizes for kind in category.kinds)


def test_bad_counts_are_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ValueError, match="at least"):
        write_demo_shop(tmp_path / "shop", products=20)
    with pytest.raises(ValueError, match="need between"):
        write_demo_shop(tmp_path / "shop", products=300, shoppers=100, interactions=10)
    assert list(tmp_path.iterdir()) == []


def test_a_foreign_folder_is_never_replaced(tmp_path):
    (tmp_path / "letter.txt").write_text("keep me", encoding="utf-8")
    with pytest.raises(FileExistsError, match="holds no demo shop"):
        write_demo_shop(tmp_path, **SMALL)
    assert (tmp_path / "letter.txt").read_text(encoding="utf-8") == "keep me"


def test_a_failure_while_writing_leaves_the_old_shop(tmp_path, monkeypatch):
    folder = tmp_path / "shop"
    write_demo_shop(folder, **SMALL)
    before = contents(folder)

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kg_tools.demo_shop.writing.save_tastes", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_demo_shop(folder, seed=8, **SMALL)
    assert contents(folder) == before
    assert list(tmp_path.iterdir()) == [folder]
