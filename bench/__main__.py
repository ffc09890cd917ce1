"""`make bench`: prints the figures of docs/benchmarks.md. With names only those parts run: python -m bench backtest"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile

import django

PARTS = (
    "imports",
    "cdnow",
    "peers",
    "recovery",
    "speed",
    "backtest",
    "offers",
    "pipeline",
    "nightly",
    "importer",
    "undo",
    "duplicates",
    "search",
    "lists",
)
ON_REQUEST = ("before",)  # needs the history of the repository

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "habitue.settings"
    os.environ["HABITUE_HOME"] = tempfile.mkdtemp()
    django.setup()
    for part in sys.argv[1:] or PARTS:
        if part not in (*PARTS, *ON_REQUEST):
            sys.exit(f"There is no part {part!r}; there are {', '.join((*PARTS, *ON_REQUEST))}.")
        importlib.import_module(f"bench.{part}").report()
