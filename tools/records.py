"""Results of long runs as JSON lines, each with the state of the tree that it is about."""

from __future__ import annotations

import json
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def state_of_tree(root: Path = ROOT) -> str:
    """The commit, with a digest of uncommitted changes where there are any."""
    commit = git(root, "rev-parse", "--short=12", "HEAD").strip()
    changes = git(root, "diff", "HEAD") + git(root, "status", "--porcelain")
    return f"{commit}+{sha256(changes.encode()).hexdigest()[:8]}" if changes else commit


def git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout


def rows(path: Path) -> list[dict[str, Any]]:
    """All rows of the file; a line that a kill cut short is left out."""
    records = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return records


def append(path: Path, row: dict[str, Any]) -> None:
    """Append a row on a line of its own, even after a line that was cut short."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        if file.tell():
            file.seek(-1, 2)
            if file.read(1) != b"\n":
                file.write(b"\n")
        file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
