"""A virtual environment for `lifetimes` 0.11.3, with the versions of its dependencies that still work."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PINS = (
    "numpy==1.26.4",
    "pandas==2.1.4",
    "scipy==1.11.4",
    "autograd==1.9.1",
    "dill==0.4.1",
    "pyarrow==17.0.0",
    "lifetimes==0.11.3",
)
VERSIONS = ("3.12", "3.11")  # of Python, that these have wheels for


def python() -> Path:
    """The path of the environment's interpreter; the environment is created in the user's cache folder if missing."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "habitue" / "lifetimes-0.11.3"
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        print("Setting up lifetimes in an environment of its own ...", file=sys.stderr)
        subprocess.run([_base(), "-m", "venv", str(folder)], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *PINS], check=True)
        (folder / "ready").touch()
    return folder / "bin" / "python"


def _base() -> str:
    names = [sys.executable, *(f"python{version}" for version in VERSIONS)]
    for name in names:
        asked = (
            subprocess.run(
                [name, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], capture_output=True, text=True
            )
            if shutil.which(name)
            else None
        )
        if asked and asked.stdout.strip() in VERSIONS:
            return name
    raise SystemExit(f"lifetimes needs Python {' or '.join(VERSIONS)}. Install one of them.")
