"""`habitue serve` as an operator runs it: a real process, a real port."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone
from django_q.models import Schedule

from habitue import jobs


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def served(tmp_path, port) -> Iterator[subprocess.Popen]:
    environment = {**os.environ, "HABITUE_HOME": str(tmp_path), "HABITUE_WORKERS": "1", "LC_ALL": "en_GB.UTF-8"}
    environment.pop("DATABASE_URL", None)  # a test database of its own, in the folder of this test
    command = [sys.executable, "-m", "habitue.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)


def habitue(home: Path, *arguments: str) -> str:
    environment = {**os.environ, "HABITUE_HOME": str(home), "LC_ALL": "en_GB.UTF-8"}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, "-m", "habitue.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def fetch(url: str, patience: float = 60) -> tuple[int, str, dict[str, str]]:
    until = time.monotonic() + patience
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return (
                    answer.status,
                    answer.read().decode(),
                    {name.lower(): value for name, value in answer.headers.items()},
                )
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)  # the port opens when it opens


def children(of: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(of)], capture_output=True, text=True, check=False).stdout
    return [int(line) for line in listed.split()]


def test_an_empty_installation_serves_its_sign_in_page_and_stops_when_asked(served, port):
    status, page, headers = fetch(f"http://127.0.0.1:{port}/")
    assert status == 200
    assert "<form" in page
    assert "default-src 'none'" in headers["content-security-policy"]
    parts = children(served.pid)
    assert len(parts) == 2, "the web and the worker"
    served.send_signal(signal.SIGTERM)
    assert served.wait(60) == 0
    assert not any(os.path.exists(f"/proc/{part}") for part in parts)


def test_a_worker_that_dies_is_started_again_and_the_log_says_so(served, port):
    fetch(f"http://127.0.0.1:{port}/account/login/")
    web, worker = children(served.pid)
    os.kill(worker, signal.SIGKILL)
    until = time.monotonic() + 60
    while not (set(children(served.pid)) - {web, worker}):
        assert time.monotonic() < until, "no other worker was started"
        time.sleep(0.1)
    assert fetch(f"http://127.0.0.1:{port}/account/login/")[0] == 200
    served.send_signal(signal.SIGTERM)
    output, _none = served.communicate(timeout=60)
    assert "The worker ended by itself (-9); it is started again." in output
    assert served.returncode == 0


def test_when_the_web_dies_the_worker_ends_too_and_the_exit_code_says_so(served, port):
    fetch(f"http://127.0.0.1:{port}/account/login/")
    web, worker = children(served.pid)
    os.kill(web, signal.SIGKILL)
    assert served.wait(60) != 0
    assert not os.path.exists(f"/proc/{worker}")


def test_the_worker_makes_the_portraits_of_what_came_in_by_itself(served, port, tmp_path):
    fetch(f"http://127.0.0.1:{port}/account/login/")
    orders = tmp_path / "orders.csv"
    orders.write_text("order,customer,date,product,quantity,amount\n1,ada,2025-03-01,tea,1,4.20\n")
    habitue(tmp_path, "import", "orders", str(orders))
    until = time.monotonic() + 120
    while (status := json.loads(habitue(tmp_path, "status", "--json")))["portraits_as_of"] is None:
        assert time.monotonic() < until, "the worker did not come to it"
    assert status["portraits_as_of"] == "2025-03-01"
    assert status["portraits_outdated_since"] is None


@pytest.mark.django_db
def test_the_nightly_work_is_planned_once_and_stays_where_the_operator_put_it():
    jobs.plan()
    planned = Schedule.objects.get(name=jobs.NIGHTLY)
    planned.next_run = timezone.now()
    planned.save()
    jobs.plan()
    assert Schedule.objects.get(name=jobs.NIGHTLY).next_run == planned.next_run


def test_a_taken_port_is_said_at_once(tmp_path, port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        environment = {**os.environ, "HABITUE_HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            [sys.executable, "-m", "habitue.cli", "serve", "--port", str(port)],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr
    assert "--port" in done.stderr
