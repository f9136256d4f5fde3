"""What several folders of tests share: the real catalogue, ingested once per run."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
BEAUTY = REPO.parent / "shared" / "data" / "amazon-beauty"

_INGEST = (
    "import resource, sys; from pathlib import Path; from kg_tools.ingest import ingest; "
    "from kg_tools.progress import silent; ingest(Path(sys.argv[1]), Path(sys.argv[2]), 'beauty', silent); "
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
)


@dataclass(frozen=True)
class IngestedBeauty:
    """The real catalogue as a shop, and what making it took.

    Attributes:
        home: the folder of shops; the shop is named ``beauty``.
        seconds: wall time.
        peak_kib: largest resident memory of the process, KiB.
    """

    home: Path
    seconds: float
    peak_kib: int


@pytest.fixture(scope="session")
def beauty_home(tmp_path_factory: pytest.TempPathFactory) -> IngestedBeauty:
    """Skips where the research data is absent; it is not ours to ship."""
    if not BEAUTY.is_dir():
        pytest.skip(f"the research data is not at {BEAUTY}")
    home = tmp_path_factory.mktemp("beauty-home")
    started = time.perf_counter()
    # A process of its own, so that its memory can be measured.
    run = subprocess.run(
        [sys.executable, "-c", _INGEST, str(REPO / "examples" / "amazon-beauty.toml"), str(home)],
        cwd=REPO,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "BECAUSE_HOME": str(home)},
    )
    return IngestedBeauty(home, time.perf_counter() - started, int(run.stdout.split()[-1]))
