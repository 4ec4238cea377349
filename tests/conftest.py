"""What many tests share: a small synthetic study, made and analysed once, and findings written by hand."""

import importlib.util
import os
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import pytest
from hypothesis import settings

# A busy machine is no failure. `make test` draws the same examples everywhere; `make verify` draws new ones.
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("new", deadline=None)
EXAMPLES = os.environ.get("EXAMPLES", "same")
settings.load_profile(EXAMPLES)
# Where one example is a study, a fit or a search. `@settings.get_profile("costly")` above a test asks for it.
COSTLY = {"same": 12, "new": 150}
settings.register_profile("costly", settings.get_profile(EXAMPLES), max_examples=COSTLY[EXAMPLES])

SEED = 7
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
COMPILES = ("dynamics/deterministic/test_adjoint.py", "stats/joint/test_sampler.py")
LONGEST = ("web", "service", "cli", "inference", "analysis", "dynamics")


def pytest_configure(config: pytest.Config) -> None:
    """Let all processes of a run, and those that they start, find what one of them compiled."""
    if not hasattr(config, "workerinput"):
        programs = TemporaryDirectory(prefix="remnant-programs-", ignore_cleanup_errors=True)
        config.add_cleanup(programs.cleanup)
        os.environ["JAX_COMPILATION_CACHE_DIR"] = programs.name
        os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0.1"
    # What another process has half written is compiled again.
    config.addinivalue_line("filterwarnings", "ignore:Error .* persistent compilation cache:UserWarning")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that at the end no core waits for the other.

    Before them, those that compile the kernels of numba: a core each, and once.
    """
    here = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        if not item.path.is_relative_to(here):
            return len(LONGEST)
        path = item.path.relative_to(here)
        if path.as_posix() in COMPILES:
            return -1
        return LONGEST.index(path.parts[0]) if path.parts[0] in LONGEST else len(LONGEST)

    items.sort(key=place)


@pytest.fixture(scope="session")
def study_folder(tmp_path_factory) -> Path:
    """A synthetic study of two patients, with its truth; read it, never write to it."""
    from remnant.observation import simulate_study

    folder = tmp_path_factory.mktemp("synthetic") / "study"
    simulate_study(folder, patients=2, seed=SEED)
    return folder


@pytest.fixture(scope="session")
def findings(study_folder, tmp_path_factory):
    """The findings of `study_folder`; of many processes, those of the first that analysed it."""
    from remnant.analysis import analyse
    from remnant.study import read_study

    if "PYTEST_XDIST_WORKER" not in os.environ:
        return analyse(read_study(study_folder))
    own = tmp_path_factory.getbasetemp() / "findings.pickle"
    kept = own.parents[1] / own.name
    if not kept.exists():
        own.write_bytes(pickle.dumps(analyse(read_study(study_folder))))
        own.replace(kept)
    return pickle.loads(kept.read_bytes())


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser without a network of its own."""
    if (chromium := next(filter(None, map(shutil.which, CHROMIUM)), None)) is None:
        pytest.skip("no chromium on PATH")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield opened
        opened.close()


def _by_hand(name: str) -> ModuleType:
    path = Path(__file__).parent / "report" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"{name}_by_hand", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def cases() -> ModuleType:
    """The module that writes findings by hand, for figures and report."""
    return _by_hand("example")


@pytest.fixture(scope="session")
def made() -> ModuleType:
    """The module that writes fits by hand, all of them synthetic."""
    return _by_hand("made_fit")
