"""Serve the desk for development: code, templates, styles and French words are reloaded when they change.

    python -m tools.dev [PORT]

Django's own server reloads the web part; this program restarts the worker and compiles the French words.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import django

from tools.messages import FRENCH, ROOT, compile_catalog


def main(port: str | None = None) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "habitue.settings")
    os.environ["HABITUE_DEBUG"] = "yes"
    django.setup()
    from django.conf import settings
    from habitue.serving import end, prepare, worker_command

    prepare()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    address = f"{settings.ADDRESS}:{port or settings.PORT}"
    serve = [sys.executable, "-m", "habitue.cli", "django", "runserver", address]
    web = subprocess.Popen(serve, start_new_session=True)
    worker = subprocess.Popen(worker_command(), start_new_session=True)
    seen = latest_change()
    try:
        while web.poll() is None:
            time.sleep(1)
            if (changed := latest_change()) != seen:
                seen = changed
                compile_french()
                worker.terminate()
                end(worker)
                worker = subprocess.Popen(worker_command(), start_new_session=True)
    except KeyboardInterrupt:
        print()
    for process in (web, worker):
        process.terminate()
        end(process)
    return web.returncode if web.returncode and web.returncode > 0 else 0


def interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def latest_change(folder: Path = ROOT) -> tuple[float, int]:
    """(time of the latest change, number of files) of the code and the words: another pair means start again."""
    times = [path.stat().st_mtime for suffix in ("py", "toml", "po") for path in folder.rglob(f"*.{suffix}")]
    return max(times), len(times)


def compile_french() -> None:
    compiled = FRENCH.with_suffix(".mo")
    if not compiled.exists() or compiled.stat().st_mtime < FRENCH.stat().st_mtime:
        compile_catalog()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
