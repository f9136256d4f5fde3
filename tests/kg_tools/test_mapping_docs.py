"""The examples of docs/mapping.md, run as they stand."""

import re
import tomllib
from pathlib import Path

import pytest

from kg_tools.ingest import ingest
from kg_tools.mapping import MiningPlan, TablePlan
from kg_tools.progress import silent
from kg_tools.properties import PROPERTIES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "mapping.md").read_text(encoding="utf-8")
BLOCKS = [(kind, text) for kind, text in re.findall(r"^```(\w*)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)]
TOML = [text for kind, text in BLOCKS if kind == "toml"]


def test_the_first_mapping_builds_a_shop(tmp_path: Path) -> None:
    csv = next(text for _, text in BLOCKS if text.startswith("sku,title"))
    labels = next(text for _, text in BLOCKS if text.startswith("kind\t"))
    turtle = next(text for kind, text in BLOCKS if kind == "turtle")
    (tmp_path / "products.csv").write_text(csv)
    (tmp_path / "labels.tsv").write_text(labels)
    (tmp_path / "catalogue.ttl").write_text(turtle.replace("1001", "2002"))
    extra = [text for text in TOML if 'kind = "labels"' in text or text.startswith("[[rdf]]")]
    (tmp_path / "my-shop.toml").write_text("\n".join([TOML[0], *extra]))

    report = ingest(tmp_path / "my-shop.toml", tmp_path / "home", "my-shop", silent)

    assert report.counts["products"] == 2
    assert report.counts["rejected"] == 0


@pytest.mark.parametrize("text", TOML)
def test_every_example_is_valid(text: str) -> None:
    content = tomllib.loads(text)
    for table in content.get("tables", []):
        assert TablePlan.model_validate(table).name == table["name"]
    if "mining" in content:
        assert isinstance(MiningPlan.model_validate(content["mining"]), MiningPlan)


def test_every_property_is_described() -> None:
    names = {name for properties in PROPERTIES.values() for name in properties}
    assert {name for name in names if f"`{name}" not in PAGE} == set()
