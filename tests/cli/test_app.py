"""The command line answers at once, and says by its exit status what happened."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from remnant.cli import LINEAR_ALGEBRA, main
from remnant.cli.app import COMMANDS, app

HEAVY = [
    "polars",
    "pydantic",
    "numpy",
    "scipy",
    "altair",
    "jinja2",
    "numba",
    "distributed",
    "pyarrow",
    "fastexcel",
]


def exit_status(*arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    return caught.value.code


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--version"]])
def test_help_imports_nothing_heavy(arguments):
    script = f"import sys\nfrom remnant.cli import main\ntry: main({arguments})\nfinally: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "typer" in loaded
    assert not loaded & set(HEAVY)


def test_help_lists_every_command_with_its_line(capsys):
    assert exit_status("--help") == 0
    shown = capsys.readouterr().out
    assert "research use only" in " ".join(shown.split())
    for name, (_, line) in COMMANDS.items():
        assert name in shown
        assert line.split(";")[0] in " ".join(shown.split())


def test_the_package_is_a_program():
    done = subprocess.run(
        [sys.executable, "-m", "remnant", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("remnant ")


@pytest.mark.parametrize(
    "arguments",
    [[], ["nonsense"], ["--nonsense"], ["check"], ["check", "a", "b"], ["check", "a", "--nonsense"], ["new"]],
)
def test_wrong_usage_exits_with_2(arguments):
    assert exit_status(*arguments) == 2


def test_a_misspelt_command_is_suggested():
    refused = CliRunner().invoke(app, ["chek"])
    assert refused.exit_code == 2
    assert "Did you mean 'check'?" in refused.output


def test_the_help_of_a_command_shows_a_line_that_works():
    shown = CliRunner().invoke(app, ["check", "--help"])
    assert shown.exit_code == 0
    assert "remnant check my-study" in shown.output


def test_a_terminal_without_a_letter_still_shows_the_answer(tmp_path):
    arguments = [sys.executable, "-m", "remnant", "check", str(tmp_path / "Zo\u00eb-\u2264")]
    environment = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PATH": ""}
    done = subprocess.run(arguments, capture_output=True, env=environment, check=False)
    assert done.returncode == 1
    assert rb"Zo\xeb-\u2264: found no such file or directory" in done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_is_listed_is_there_and_explains_itself(name):
    shown = CliRunner().invoke(app, [name, "--help"])
    assert shown.exit_code == 0
    assert shown.output.startswith("Usage:")


def test_linear_algebra_works_in_one_thread_so_that_a_seed_means_the_same_bytes(monkeypatch, capsys):
    for name in LINEAR_ALGEBRA:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "fit" in capsys.readouterr().out
    assert {os.environ[name] for name in LINEAR_ALGEBRA} == {"1"}
