"""The worker: one process that does what is queued, one job after the other. Queue and schedule are those of django-q2.

Its own cluster of processes is not used: it hands messages out before anybody does them, and waits for an hour before
it gives a message out again whose process has died.
"""

from __future__ import annotations

import logging
import time
from multiprocessing import Value
from queue import SimpleQueue
from typing import Any

from django.db import DatabaseError, connections
from django_q.brokers import Broker, get_broker
from django_q.conf import Conf
from django_q.monitor import monitor
from django_q.scheduler import scheduler
from django_q.signing import BadSignature, SignedPackage
from django_q.worker import worker

from habitue.queue import leasing

SCHEDULED = 20  # seconds between two looks at the schedule
LOOKED = 5  # seconds between two looks for jobs whose worker has died
PAUSE = 5  # seconds, where the database does not answer
STOP = "STOP"

logger = logging.getLogger(__name__)


def work(*, until_empty: bool = False) -> None:
    """Do what is queued until a signal ends the process; with `until_empty` return once there is nothing to do."""
    broker = get_broker()
    looked = scheduled = -float(max(SCHEDULED, LOOKED))
    while True:
        try:
            now = time.monotonic()
            if now - scheduled >= SCHEDULED:
                scheduler(broker=broker)
                scheduled = now
            if do_next(broker):
                continue
            if now - looked < LOOKED:
                if until_empty:
                    return
            else:
                leasing.take_up()
                looked = now
        except DatabaseError:
            logger.exception("The database does not answer; the worker tries again.")
            connections.close_all()
            time.sleep(PAUSE)


def do_next(broker: Broker) -> bool:
    """Do what the next message of the queue says; False, after a short sleep, where there is none."""
    messages = broker.dequeue()
    for pk, payload in messages or ():
        try:
            task = SignedPackage.loads(payload)
        except (TypeError, BadSignature):
            logger.exception("A message of the queue cannot be read; it is thrown away.")
            broker.fail(pk)
            continue
        do(task | {"cluster": Conf.CLUSTER_NAME, "ack_id": pk})
    return bool(messages)


def do(task: dict[str, Any]) -> None:
    """Do one task in this process and keep its result, with the parts of django-q2 that its processes run."""
    tasks: SimpleQueue[Any] = SimpleQueue()
    results: SimpleQueue[Any] = SimpleQueue()
    tasks.put(task)
    tasks.put(STOP)
    worker(tasks, results, Value("f", -1))
    results.put(STOP)
    monitor(results)
