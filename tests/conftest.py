"""What many tests share: a small synthetic study, made and analysed once, and findings written by hand."""

import fcntl
import importlib.util
import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import pytest
from hypothesis import settings

from remnant.cli import LINEAR_ALGEBRA

for _name in LINEAR_ALGEBRA:  # as of every command, before anything loads them
    os.environ.setdefault(_name, "1")

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
LONGEST = (
    "dynamics/deterministic/test_adjoint.py",
    "stats/joint/test_sampler.py",
    "web/test_journey.py",
    "cli/test_journey.py",
    "web",
    "service",
    "cli",
    "inference",
    "analysis",
    "dynamics",
    "report",
    "cohort",
    "figures",
    "test_real_events.py",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Half as many processes again as cores: a fifth of their time they wait, for browsers and servers."""
    from remnant.scale import cores

    return None if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else cores() * 3 // 2


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
        inside = item.path.is_relative_to(here)
        name = item.path.relative_to(here).as_posix() if inside else ""
        return next((n for n, start in enumerate(LONGEST) if name.startswith(start)), len(LONGEST))

    items.sort(key=place)


@pytest.fixture(scope="session")
def once(tmp_path_factory) -> Callable[[str, Callable[[Path], object]], Path]:
    """A function that makes a folder once in a run of the tests, whichever process asks for it first."""
    here = tmp_path_factory.getbasetemp()
    base = here.parent if "PYTEST_XDIST_WORKER" in os.environ else here

    def made(name: str, make: Callable[[Path], object]) -> Path:
        folder, unfinished = base / name, base / f"{name}.unfinished"
        with (base / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # whoever comes while it is made waits here
            if not folder.exists():
                shutil.rmtree(unfinished, ignore_errors=True)
                unfinished.mkdir()
                make(unfinished)
                unfinished.rename(folder)
        return folder

    return made


@pytest.fixture(scope="session")
def study_folder(once) -> Path:
    """A synthetic study of two patients, with its truth; read it, never write to it."""
    from remnant.observation import simulate_study

    made = once("synthetic", lambda folder: simulate_study(folder / "study", patients=2, seed=SEED))
    return made / "study"


@pytest.fixture(scope="session")
def findings(once, study_folder):
    """The findings of `study_folder`."""
    from remnant.analysis import analyse
    from remnant.study import read_study

    def make(folder: Path) -> None:
        (folder / "findings").write_bytes(pickle.dumps(analyse(read_study(study_folder))))

    return pickle.loads((once("found", make) / "findings").read_bytes())


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
