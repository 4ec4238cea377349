"""How long a page is blank: the first paint of each page of the app in a browser, with nothing kept by it.

    python benchmarks/bench_pages.py STUDY [RESULTS [FIT]]

The folders are kept in a new home, `remnant serve` is started on it, and every page is opened twice by
Chromium: cold, as the first that asks for it, and warm. Time to the first contentful paint, in milliseconds,
as the browser itself measures it (PerformancePaintTiming); the limit that we hold ourselves to is 1,500.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT_MS = 1500
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
ELSEWHERE = (
    "/",
    "/upload",
    "/plan",
    "/plan/events?frequency=1e-5",
    "/jobs",
    "/help",
    "/help/words",
    "/people",
)
OF_STUDY = ("", "/patients", "/patients/1", "/check", "/tables", "/tables/fish", "/tables/fish/new", "/gates",
            "/gates/1", "/jobs", "/results", "/what-if", "/what-if/1", "/history", "/export")  # fmt: skip


def start(command: list[str]) -> tuple[subprocess.Popen[str], str, float]:
    """Start a server; return it, the address that it says, and how long it took to say it."""
    began = time.perf_counter()
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert server.stdout is not None
    address = server.stdout.readline().strip()
    return server, address, time.perf_counter() - began


def main(folders: list[str]) -> None:
    """Print the first paint of every page."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "remnant", "serve", "--home", home, "--port", "0", "--no-open"]
        for folder in folders:
            server, opened, took = start([*command, "--workers", "0", folder])
            print(f"remnant serve {Path(folder).name}: answers after {took:.1f} s")
            if folder != folders[-1]:
                server.terminate()
                server.wait()
        origin = "/".join(opened.split("/")[:3])
        with sync_playwright() as playwright:
            path = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
            pages = [*ELSEWHERE, *(opened.removeprefix(origin) + page for page in OF_STUDY)]
            worst = [measure(browser, origin, page) for page in pages]
            browser.close()
        server.terminate()
        server.wait()
    print(f"slowest: {max(worst):.0f} ms cold; limit {LIMIT_MS} ms")


def measure(browser, origin: str, page: str) -> float:
    """Print how long one page was blank, cold and warm; return it cold."""
    paints = []
    for _ in range(2):
        context = browser.new_context(viewport={"width": 1440, "height": 1000})
        opened = context.new_page()
        opened.goto(origin + page)
        opened.wait_for_timeout(200)
        paints.append(opened.evaluate(PAINT) or float("nan"))
        context.close()
    print(f"{page:<60} cold {paints[0]:6.0f} ms   warm {paints[1]:6.0f} ms", flush=True)
    return paints[0]


if __name__ == "__main__":
    main(sys.argv[1:])
