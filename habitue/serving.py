"""`habitue serve`: the web and the worker, started together and stopped together."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

from django.conf import settings
from django.core.management import call_command


def prepare() -> None:
    """Bring database and static files up to date; safe to run at every start."""
    from habitue import jobs

    settings.HOME.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    jobs.plan()


def serve(address: str, port: int, workers: int) -> int:
    """Serve until stopped; when one of the two ends by itself, end the other and return its exit code."""
    both = [subprocess.Popen(command) for command in (web_command(address, port, workers), worker_command())]  # noqa: S603
    asked: list[int] = []

    def stop(number: int, _frame: object) -> None:
        asked.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    while not asked and all(process.poll() is None for process in both):
        time.sleep(0.2)
    code = next((process.returncode for process in both if process.returncode), 0)
    for process in both:
        if process.poll() is None:
            process.terminate()
    for process in both:
        process.wait(30)
    return 0 if asked else code or 1


def web_command(address: str, port: int, workers: int) -> list[str]:
    threads = ("--blocking-threads", "4", "--backpressure", "64", "--log-level", "warning")
    return [
        *(sys.executable, "-m", "granian", "habitue.wsgi:application", "--interface", "wsgi"),
        *("--host", address, "--port", str(port), "--workers", str(workers), *threads),
    ]


def worker_command() -> list[str]:
    return [sys.executable, "-m", "habitue.cli", "django", "qcluster"]
