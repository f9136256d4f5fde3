"""The README is checked against the tree: what it names exists, and the commands it shows are real."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def section(title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, f"README has no section {title!r}"
    return found.group(1)


def test_every_file_of_the_tree_exists_and_every_package_is_in_it() -> None:
    tree = section("The tree")
    named = re.findall(r"^([\w./*-]+(?:\.\w+|/))\s{2,}\S", tree, re.MULTILINE)
    assert len(named) > 25
    missing = [name for name in named if not list(ROOT.glob(name.rstrip("/")))]
    assert missing == []
    for package in ("agent", "kg_tools", "ranker", "prompts", "ui", "tests"):
        assert f"{package}/" in tree


def test_every_place_of_where_to_change_what_exists() -> None:
    places = re.findall(r"`([\w./-]+\.\w+|[\w./-]+/)`", section("Where to change what"))
    assert len(places) >= 10
    assert [place for place in places if not (ROOT / place).exists()] == []


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_links_between_the_docs_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_command_in_the_readme_is_known_to_the_command_line() -> None:
    commands = set(re.findall(r"^(?:\.venv/bin/)?because ([a-z]+(?: serve| ranking| requests)?)", README, re.MULTILINE))
    assert {"ask", "chat", "ingest", "train", "evaluate ranking"} <= commands
    for command in sorted(commands):
        run = subprocess.run(
            [sys.executable, "-c", "from ui.cli import main; main()", *command.split(), "--help"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, (command, run.stderr)


def test_no_path_of_a_machine_in_any_text() -> None:
    texts = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "Makefile"]
    assert [str(path) for path in texts if re.search(r"(?<![\w.])/(home|work|root|tmp)/", path.read_text())] == []
