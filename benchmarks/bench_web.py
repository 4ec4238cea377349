"""Fifty people at once in a study of some 200 patients: how long a page takes, and if any is refused.

The study is synthetic: a demo of a few patients, its findings copied under other names until there are 200 or
a few more, each copy with all of its samples. The server runs in one process, the clients in another; both
share the machine.

    python benchmarks/bench_web.py [RESULTS [SECONDS [PATIENTS]]]

RESULTS is a results folder; without one a small study is simulated and analysed first.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import multiprocessing
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PATIENTS, CLIENTS, SECONDS = 200, 50, 60.0
SERVE = """
import sys
from pathlib import Path
from remnant.store.house import open_store
from remnant.web.serve import listen, run
from remnant.web.settings import Settings
bound, settings = listen(Settings(port=int(sys.argv[2])))
run(open_store(Path(sys.argv[1])), settings, bound, ready=lambda: None)
"""


def small_results(folder: Path) -> Path:
    """Simulate and analyse a study of two patients."""
    from remnant.analysis import analyse, save
    from remnant.observation import simulate_study
    from remnant.study import read_study

    simulate_study(folder / "study", patients=2, seed=7)
    save(analyse(read_study(folder / "study")), folder / "results")
    return folder / "results"


def copied(findings: Mapping[str, Any], names: list[str], copies: int) -> dict[str, Any]:
    """Return findings with each patient so many times, under as many names."""
    text = json.dumps(findings)
    name = re.compile("|".join(rf'(?<=")({re.escape(one)})(?=["-])' for one in names))
    whole = json.loads(text)
    for copy in range(1, copies):
        more = json.loads(name.sub(lambda found, copy=copy: f"{found.group(0)}x{copy}", text))
        _join(whole, more)
    return whole


def _join(whole: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Add the records of patients and samples to those that are there."""
    for key, value in more.items():
        here = whole[key]
        if isinstance(value, dict) and isinstance(here, dict):
            _join(here, value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            named = [one for one in value if one.get("patient_id") or one.get("sample_id")]
            if named:
                here += named
            elif key == "beside":
                for mine, other in zip(here, value, strict=True):
                    _join(mine, other)
        elif key == "patients" and isinstance(value, list):
            here += value


def fill(home: Path, results: Path, scratch: Path, patients: int) -> int:
    """Put the study and its analysis into a store; return how many patients it has."""
    from remnant.store.files.trees import put_folder
    from remnant.store.house import open_store
    from remnant.store.studies.results import keep
    from remnant.store.studies.studies import create_study

    text = (results / "findings.json").read_bytes()
    findings = json.loads(text)
    names = [one["patient_id"] for one in findings["timelines"]]
    many = copied(findings, names, -(-patients // len(names)))
    patients = len(many["timelines"])
    folder = scratch / "many"
    folder.mkdir()
    (folder / "findings.json").write_text(json.dumps(many))
    (folder / "manifest.json").write_bytes((results / "manifest.json").read_bytes())
    study = scratch / "entered"
    study.mkdir()
    (study / "study.toml").write_text("")
    store = open_store(home)
    record = create_study(store, who="bench", title="Many", tree=put_folder(store, study), synthetic=True)
    keep(store, who="bench", study=record, revision=1, kind="analysis", folder=folder, key="bench")
    store.close()
    print(f"findings of {patients} patients: {(folder / 'findings.json').stat().st_size / 1e6:.0f} MB")
    return patients


async def visit(
    port: int, until: float, think_s: float, seed: int, patients: int
) -> list[tuple[float, int, int]]:
    """Read page after page on one connection; return seconds, status and bytes of each."""
    chance, seen = random.Random(seed), []
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < until:
        number = chance.randint(0, patients)
        path = f"/s/many/patients/{number}" if number else "/s/many"
        start = time.perf_counter()
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Encoding: gzip\r\n\r\n".encode()
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
        body = await reader.readexactly(int(length.group(1)) if length else 0)
        seen.append((time.perf_counter() - start, int(head[9:12]), len(body)))
        if len(seen) == 1 and b"</html>" not in gzip.decompress(body):
            raise RuntimeError("half a page")
        await asyncio.sleep(think_s * chance.uniform(0.5, 1.5))
    writer.close()
    return seen


def crowd(port: int, think_s: float, seconds: float, patients: int) -> list[tuple[float, int, int]]:
    """Let everybody visit at once."""

    async def all_of_them() -> list[tuple[float, int, int]]:
        until = time.perf_counter() + seconds
        each = await asyncio.gather(*(visit(port, until, think_s, n, patients) for n in range(CLIENTS)))
        return [one for own in each for one in own]

    return asyncio.run(all_of_them())


def free_port() -> int:
    """Return a port that nobody has."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def wait_for(port: int, path: str, most_s: float = 600.0) -> float:
    """Ask until the page is there; return the seconds that the last answer took."""
    import urllib.request

    until = time.perf_counter() + most_s
    while time.perf_counter() < until:
        start = time.perf_counter()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=most_s) as answer:
                if b"laid out for the first time" not in answer.read():
                    return time.perf_counter() - start
        except OSError:
            pass
        time.sleep(0.5)
    raise TimeoutError(path)


def main() -> None:
    """Serve a study of 200 patients to fifty people, without and with a second to read each page."""
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else SECONDS
    patients = int(sys.argv[3]) if len(sys.argv) > 3 else PATIENTS
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        results = Path(sys.argv[1]) if len(sys.argv) > 1 else small_results(scratch)
        patients = fill(scratch / "home", results, scratch, patients)
        port = free_port()
        command = [sys.executable, "-c", SERVE, str(scratch / "home"), str(port)]
        server = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # a line for each page
        try:
            wait_for(port, "/static/app.css")
            start = time.perf_counter()
            wait_for(port, "/s/many")
            print(f"laid out for the first time: {time.perf_counter() - start:.1f} s")
            cold = [wait_for(port, f"/s/many/patients/{n}") for n in range(1, patients + 1)]
            print(f"a page that nobody has asked for: {statistics.median(cold) * 1e3:.0f} ms")
            for think_s in (1.0, 0.0):
                with multiprocessing.get_context("spawn").Pool(1) as beside:
                    seen = beside.apply(crowd, (port, think_s, seconds, patients))
                times = sorted(spent for spent, _, _ in seen)
                wrong = sum(status != 200 for _, status, _ in seen)
                size = statistics.median(length for _, _, length in seen)
                slow = times[int(0.95 * len(times))]
                print(
                    f"{CLIENTS} clients, {think_s:g} s to read: {len(seen) / seconds:.0f} pages/s, median "
                    f"{statistics.median(times) * 1e3:.0f} ms, 95 % within {slow * 1e3:.0f} ms, "
                    f"{wrong} errors, {size / 1e3:.0f} kB a page"
                )
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
