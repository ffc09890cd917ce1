"""`habitue serve`: runs the web server and the background worker, stopped together. A worker that dies is started
again.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import time

from django.conf import settings
from django.core.management import call_command

PATIENCE = 10  # seconds for a graceful end; jobs are idempotent and start again
SHORT = 10  # seconds: a worker that ends before has done nothing
MOST_SHORT = 10  # such workers one after the other, until we give up: a job that kills its worker is given up before
PAUSE = 1  # seconds before the next one

logger = logging.getLogger(__name__)


def prepare() -> None:
    """Migrate the database and collect static files; safe to run at every start."""
    from habitue import jobs

    settings.HOME.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    jobs.plan()


def serve(address: str, port: int, workers: int) -> int:
    """Run both processes until stopped, and start a worker again that dies; where the web ends by itself, or no worker
    stays, end the other and return its exit code.
    """
    web, worker = start(web_command(address, port, workers)), start(worker_command())
    begun, short = time.monotonic(), 0
    asked: list[int] = []

    def stop(number: int, _frame: object) -> None:
        asked.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    while not asked and web.poll() is None:
        if (code := worker.poll()) is not None:
            short = short + 1 if time.monotonic() - begun < SHORT else 0
            if short == MOST_SHORT:
                break
            logger.error("The worker ended by itself (%s); it is started again.", code)
            end(worker)
            time.sleep(PAUSE if short else 0)
            worker, begun = start(worker_command()), time.monotonic()
        time.sleep(0.2)
    code = web.poll() or worker.poll() or 0
    for process in (web, worker):
        process.terminate()
    for process in (web, worker):
        end(process)
    return 0 if asked else code or 1


def start(command: list[str]) -> subprocess.Popen[bytes]:
    """A process in a session of its own: a Ctrl-C reaches it once, through us, and what it started ends with it."""
    return subprocess.Popen(command, start_new_session=True)  # noqa: S603


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
    return [sys.executable, "-m", "habitue.cli", "worker"]
