"""The lock installs from the public index and from nowhere else."""

import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

LOCK = Path(__file__).parents[1] / "uv.lock"
HOSTS = {"pypi.org", "files.pythonhosted.org"}


def test_the_lock_names_no_other_host():
    text = LOCK.read_text(encoding="utf-8")
    hosts = {urlsplit(url).hostname for url in re.findall(r"\b[a-z+]+://[^\s\"']+", text)}
    assert hosts == HOSTS


def test_every_package_but_this_one_comes_from_the_index():
    packages = tomllib.loads(LOCK.read_text(encoding="utf-8"))["package"]
    sources = {package["name"]: package["source"] for package in packages}
    assert sources.pop("remnant") == {"editable": "."}
    assert sources
    assert all(source == {"registry": "https://pypi.org/simple"} for source in sources.values())


def test_every_file_of_the_lock_has_a_hash():
    packages = tomllib.loads(LOCK.read_text(encoding="utf-8"))["package"]
    files = [
        file for package in packages for file in [package.get("sdist"), *package.get("wheels", [])] if file
    ]
    assert files
    assert all(file["hash"].startswith("sha256:") for file in files)
