import subprocess
import sys

import pytest

import remnant


def test_the_names_a_notebook_needs_are_these_and_no_more():
    assert remnant.__all__ == [
        "Findings", "Plan", "Study", "analyse", "load", "read_study", "save", "simulate_study",
        "write_report",
    ]  # fmt: skip
    for name in remnant.__all__:
        assert getattr(remnant, name).__name__ == name
    assert dir(remnant) == remnant.__all__


def test_importing_the_package_imports_nothing_heavy():
    script = (
        "import sys, remnant; print(sorted({'numpy', 'polars', 'pydantic', 'altair'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'analyze'"):
        _ = remnant.analyze
