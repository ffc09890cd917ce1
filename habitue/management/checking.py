"""The checks of `habitue doctor`. Each returns a fact and, where something is wrong, what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from habitue.team.rights import SEE_CUSTOMERS, may

ENOUGH_GB = 2


@dataclass(frozen=True)
class Finding:
    subject: str
    good: bool
    fact: str
    todo: str = ""


def examine() -> list[Finding]:
    findings = [folder(), database()]
    if all(finding.good for finding in findings):
        findings += [accounts(), unfinished_imports(), portraits(), search()]
    return findings


def folder() -> Finding:
    home = settings.HOME
    if not home.is_dir() or not os.access(home, os.W_OK):
        return Finding(
            _("folder"),
            False,
            _("%(home)s cannot be written to") % {"home": home},
            _("Create it, or give HABITUE_HOME a folder that this account may write to."),
        )
    free = shutil.disk_usage(home).free / 1e9
    todo = "" if free >= ENOUGH_GB else _("Make room: an import needs about three times the size of its file.")
    return Finding(_("folder"), not todo, _("%(home)s, %(free).0f GB free") % {"home": home, "free": free}, todo)


def database() -> Finding:
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        unapplied = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError as error:
        return Finding(_("database"), False, str(error).strip(), _("Check DATABASE_URL and that the server runs."))
    if unapplied:
        fact = ngettext(
            "%(count)s change to its structure is waiting", "%(count)s changes to its structure are waiting", unapplied
        ) % {"count": unapplied}
        return Finding(_("database"), False, fact, _("Run “habitue doctor --mend”."))
    name = f"SQLite {sqlite3.sqlite_version}" if connection.vendor == "sqlite" else f"PostgreSQL {version()}"
    return Finding(_("database"), True, _("%(name)s, up to date") % {"name": name})


def version() -> str:
    major, minor = divmod(connection.pg_version, 10000)  # type: ignore[attr-defined]
    return f"{major}.{minor}"


def accounts() -> Finding:
    from habitue.team.models import User

    able = [user for user in User.objects.filter(is_active=True) if may(user, SEE_CUSTOMERS)]
    todo = "" if able else _("Make one: habitue user add NAME")
    fact = ngettext("%(count)s may look at customers", "%(count)s may look at customers", len(able)) % {
        "count": len(able)
    }
    return Finding(_("accounts"), bool(able), fact, todo)


def unfinished_imports() -> Finding:
    from habitue.imports import progress
    from habitue.imports.models import Import

    rows = list(Import.objects.filter(finished_at=None, undone_at=None))
    idle = [row for row in rows if progress.state_of(row) not in progress.UNDERWAY]
    names = ", ".join(row.file_name for row in idle or rows)
    if idle:
        return Finding(_("imports"), False, names, _("Start the same import again: it goes on where it stopped."))
    fact = _("going on: %(files)s") % {"files": names} if rows else _("none is half done")
    return Finding(_("imports"), True, fact)


def portraits() -> Finding:
    from habitue.kernel.formats import moment
    from habitue.portraits import facts
    from habitue.portraits.freshness import freshness
    from habitue.portraits.models import Refresh

    latest = Refresh.objects.filter(finished_at__isnull=False).order_by("id").last()
    last = facts.last_day()
    if last is None:
        return Finding(_("portraits"), True, _("no orders yet"), _("Bring some in: habitue import orders FILE"))
    if latest is None or latest.as_of < last:
        return Finding(_("portraits"), False, _("older than the last purchase"), _("Run “habitue refresh”."))
    if outdated := freshness():
        fact = _("not up to date since %(moment)s") % {"moment": moment(outdated.since)}
        todo = _("The worker of “habitue serve” computes them anew; or run “habitue refresh”.")
        return Finding(_("portraits"), False, fact, todo)
    return Finding(_("portraits"), True, _("as of %(day)s") % {"day": latest.as_of})


def search() -> Finding:
    from habitue.customers.search.finding import astray

    wrong = astray()
    if wrong:
        fact = ngettext("%(count)s entry is not right", "%(count)s entries are not right", wrong) % {"count": wrong}
        return Finding(_("search"), False, fact, _("Run “habitue reindex”."))
    return Finding(_("search"), True, _("in line with the customers"))
