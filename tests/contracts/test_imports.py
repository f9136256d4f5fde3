"""Who imports whom, and that asking for help loads nothing heavy."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "transformers", "gradio", "rdflib", "langchain_core", "langgraph", "xllamacpp", "numpy")


def test_the_import_contracts_hold() -> None:
    run = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("module", ["ui.cli", "agent", "ranker", "kg_tools", "prompts"])
def test_importing_it_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {HEAVY!r} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_the_environment_is_read_in_one_place() -> None:
    readers = [
        path.relative_to(ROOT)
        for package in ("agent", "kg_tools", "ranker", "prompts", "ui")
        for path in (ROOT / package).rglob("*.py")
        if any(word in path.read_text() for word in ("os.getenv", "os.environ.get", "os.environ["))
    ]
    assert [str(path) for path in readers if str(path) != "agent/settings.py"] == []
