"""Answers on stdout, faults on stderr or as JSON, and bugs with their traceback."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
import typer

from remnant.cli.console import mendable, print_json, print_table, progress, say
from remnant.errors import Fault, TableError
from remnant.study import Estimate

FAULT = Fault("fish.csv", 3, "probe", "nothing", "a name", "fill it in")


def test_faults_go_to_stderr_with_exit_1(capsys):
    @mendable
    def command():
        raise TableError([FAULT])

    with pytest.raises(typer.Exit) as caught:
        command()
    assert caught.value.exit_code == 1
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", f"{FAULT}\n")


def test_a_program_sees_the_faults_as_json(capsys):
    @mendable
    def command(*, as_json=False):
        raise TableError([FAULT])

    with pytest.raises(typer.Exit):
        command(as_json=True)
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {"error": "TableError", "faults": [vars(FAULT)]}
    assert shown.err == ""


def test_a_bug_keeps_its_traceback():
    @mendable
    def command():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        command()


def test_a_command_returns_what_it_returns():
    assert mendable(lambda: 3)() == 3


@dataclass(frozen=True)
class Answer:
    name: str
    burden: Estimate


def test_a_record_is_printed_as_json(capsys):
    print_json(Answer("P1", Estimate.not_detected(0.11, confidence=0.95)))
    shown = json.loads(capsys.readouterr().out)
    assert shown["burden"]["evidence"] == "not detected"
    assert shown["burden"]["upper"] == 0.11
    assert shown["burden"]["value"] is None


def test_a_table_in_a_pipe_is_plain_text_with_whole_lines(capsys):
    iscn = "46,XX,del(5)(q13q33)[18]/46,XX[2]"
    print_table(
        "A [red]title[/red] :warning:",
        ("sample", "iscn", "cells"),
        [("S1", iscn, 20), ("S2", None, 7)],
        note="[b]",
    )
    shown = capsys.readouterr().out
    lines = [line.rstrip() for line in shown.splitlines()]
    assert lines[0] == "A [red]title[/red] :warning:"
    assert any(iscn in line and line.endswith("20") for line in lines)
    assert any(line.split() == ["S2", "7"] for line in lines)
    assert lines[-1] == "[b]"
    assert "\x1b" not in shown
    assert not set("\u2502\u2503|") & set(shown)


def test_a_table_without_rows_has_its_header(capsys):
    print_table("None", ("a", "b"), [])
    assert "a" in capsys.readouterr().out


def test_no_bar_is_drawn_where_nobody_looks(capsys):
    with progress("work", 3) as done:
        done()
    say("answer")
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("answer\n", "")


def test_a_bar_is_drawn_on_a_terminal_and_leaves_nothing_on_stdout(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress("work", 2) as done:
        done()
        done()
    assert capsys.readouterr().out == ""
