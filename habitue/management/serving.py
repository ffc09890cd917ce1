"""`habitue serve`: runs the web server and the background worker, started and stopped together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time

from django.conf import settings
from django.core.management import call_command

PATIENCE = 10  # seconds for a graceful end; jobs are idempotent and start again


def prepare() -> None:
    """Migrate the database and collect static files; safe to run at every start."""
    from habitue import jobs

    settings.HOME.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    jobs.plan()


def serve(address: str, port: int, workers: int) -> int:
    """Run both processes until stopped; where one ends by itself, end the other and return its exit code."""
    commands = (web_command(address, port, workers), worker_command())
    # Sessions of their own: a Ctrl-C reaches them once, through us, and what they started ends with them.
    both = [subprocess.Popen(command, start_new_session=True) for command in commands]  # noqa: S603
    asked: list[int] = []

    def stop(number: int, _frame: object) -> None:
        asked.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    while not asked and all(process.poll() is None for process in both):
        time.sleep(0.2)
    code = next((process.returncode for process in both if process.returncode), 0)
    for process in both:
        process.terminate()
    for process in both:
        end(process)
    return 0 if asked else code or 1


def end(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process to end gracefully, then kill it with all that it started."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(PATIENCE)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def web_command(address: str, port: int, workers: int) -> list[str]:
    threads = ("--blocking-threads", "4", "--backpressure", "64", "--log-level", "warning")
    return [
        *(sys.executable, "-m", "granian", "habitue.wsgi:application", "--interface", "wsgi"),
        *("--host", address, "--port", str(port), "--workers", str(workers), *threads),
    ]


def worker_command() -> list[str]:
    return [sys.executable, "-m", "habitue.cli", "django", "qcluster"]
