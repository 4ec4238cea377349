"""The second reading is not installed: tests import it as `second_reading` once this has run."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

NAME = "second_reading"

if NAME not in sys.modules:
    folder = Path(__file__).parent
    spec = spec_from_file_location(
        NAME, folder / "second_reading.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules[NAME] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[NAME])
