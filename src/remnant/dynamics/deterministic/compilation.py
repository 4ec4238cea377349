"""Keep compiled programs between runs, so that many workers pay for compiling once."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import jax


def keep_compiled(folder: Path | None = None) -> Path:
    """Let JAX keep what it compiles in a folder, and find it there next time; off unless this is called.

    Programs are keyed by their own text, the versions and the machine, so a stale one is never taken.

    Parameters
    ----------
    folder : Path, optional
        By default `remnant/xla` in the user's cache (`XDG_CACHE_HOME`, else the system's custom).

    Returns
    -------
    Path
        The folder, made if need be.
    """
    where = folder or _user_cache() / "remnant" / "xla"
    where.mkdir(parents=True, exist_ok=True)
    jax.config.update("jax_compilation_cache_dir", str(where))  # type: ignore[no-untyped-call]
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.5)  # type: ignore[no-untyped-call]
    return where


def _user_cache() -> Path:
    if given := os.environ.get("XDG_CACHE_HOME"):
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")
