"""Imports in words: the result of a dry run, the state of an import, what its undo keeps."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from habitue.customers.models import Customer
from habitue.desk.events.undoing import reason_words
from habitue.desk.imports import summary as summing
from habitue.events.undoing import Kept, Undone
from habitue.imports import progress, wording
from habitue.imports.files.controls import at_the_desk
from habitue.imports.kind import KINDS, kind_named
from habitue.imports.mappings import mapping as mappings
from habitue.imports.models import Import, Rejection, Upload
from habitue.imports.writing.walking import SHOWN
from habitue.kernel import formats
from habitue.reading import events as event_wording

ALIKE = {
    "email": gettext_lazy("same e-mail address"),
    "phone": gettext_lazy("same telephone and name"),
    "born": gettext_lazy("same name and birth day"),
}
COUNTED = ("created", "updated", "unchanged", "rejected")


def check(upload: Upload) -> dict[str, Any]:
    """Template context of the result of a dry run."""
    job = progress.check_of(upload)
    result = dict(upload.dry_run)
    state = result.get("state")
    context: dict[str, Any] = {"state": state, "running": job in progress.UNDERWAY, "job": job}
    if state == "running" and result.get("of"):
        context |= {"rows": result["rows"], "of": result["of"]}
    if state == "refused":
        context["message"] = result["message"]
    if state == "lacking":
        labels = [str(kind_named(upload.kind).field(name).label) for name in result["facts"]]
        context["message"] = _("Say which column is: %(facts)s.") % {"facts": ", ".join(labels)}
    if state == "done":
        import_ = Import(kind=upload.kind, mapping=result["mapping"])
        context |= {
            "counts": [(name, counted(name, result[name]), result[name]) for name in COUNTED],
            "result": result,
            "notes": _notes(result.get("notes", {})),
            "changes": [(of, _changes(upload.kind, changes)) for of, changes in result["changes"]],
            "doubles": [_double(import_, *double) for double in result["doubles"]],
            "refusals": [_refusal(import_, *refusal) for refusal in result["refusals"]],
            "shown": SHOWN,
        }
        context |= summing.context(result)
    return context


def _notes(counts: dict[str, int]) -> list[str]:
    with at_the_desk():
        return wording.notes(counts)


def counted(name: str, count: int) -> str:
    words = {
        "created": ngettext("%(count)s created", "%(count)s created", count),
        "updated": ngettext("%(count)s updated", "%(count)s updated", count),
        "unchanged": ngettext("%(count)s unchanged", "%(count)s unchanged", count),
        "rejected": ngettext("%(count)s row rejected", "%(count)s rows rejected", count),
    }
    return words[name] % {"count": formats.number(count)}


def _changes(kind: str, changes: dict[str, list[str]]) -> list[dict[str, str]]:
    """The changes to one row in words: what, old value (empty for an addition), new value."""
    rows = []
    for name, (was, now) in changes.items():
        fact = name.split(" ")[0]
        field = kind_named(kind).known({"address": "address", "reference": "outside", "tag": "tags"}.get(fact, fact))
        rows.append({"what": str(field.label) if field else fact, "was": _day(was), "now": _day(now)})
    return rows


def _day(text: str) -> str:
    try:
        return formats.day(date.fromisoformat(text)) if len(text) == 10 else text
    except ValueError:
        return text


def _double(import_: Import, line: int, name: str, why: str, pk: int | None, other: str) -> dict[str, Any]:
    if pk is None:
        other = _("line %(line)s of the file") % {"line": _line(import_, int(other))}
    url = reverse("customer", args=[pk]) if pk else ""
    return {"line": _line(import_, line), "name": name, "why": ALIKE[why], "other": other, "url": url}


def _refusal(import_: Import, line: int, column: str, value: str, code: str, data: dict[str, Any]) -> dict[str, Any]:
    rejection = Rejection(of=import_, line=line, column=column, value=value, code=code, data=data)
    with at_the_desk():
        reason = wording.why(rejection, import_)
    return {"line": _line(import_, line), "column": column, "value": value, "reason": reason}


def _line(import_: Import, line: int) -> str:
    return wording.line(line, import_) if import_.mapping.get("sheets") else formats.number(line)


def summary(import_: Import) -> dict[str, Any]:
    """Template context of the state and counts of one import."""
    state = progress.state_of(import_)
    underway = state in progress.UNDERWAY
    context: dict[str, Any] = {
        "import": import_,
        "kind": str(KINDS[import_.kind].label) if import_.kind in KINDS else import_.kind,
        "counts": [(name, counted(name, getattr(import_, name)), getattr(import_, name)) for name in COUNTED],
        "notes": _notes(import_.notes),
        "state": state,
        "undone": state == "undone",
        "undo": state not in ("undone", "undoing") and bool(import_.event_id),
        "undo_job": progress.undo_of(import_) if state != "undone" else None,
        "result_of_undo": _result_of_undo(import_) if state == "undone" else "",
        "running": underway,
        "can_go_on": not underway and not import_.finished_at and import_.uploads.exists(),
        "stopped_in": _stopped_in(import_),
    }
    return context | _progress(import_) if underway else context


def _stopped_in(import_: Import) -> str:
    rows = ngettext("after %(count)s row", "after %(count)s rows", import_.rows) % {
        "count": formats.number(import_.rows)
    }
    return rows if import_.rows else _("before its first row")


def _result_of_undo(import_: Import) -> str:
    event = getattr(import_.event, "undone_by", None)
    if event is None or "restored" not in event.data:
        return ""
    return undone(Undone(event, event.data["restored"], [Kept(*kept) for kept in event.data["kept"]]))


def _progress(import_: Import) -> dict[str, Any]:
    upload = import_.uploads.order_by("-pk").first()
    if upload is None or not upload.about:
        return {}
    total = int(upload.about["rows"])
    seconds = max((timezone.now() - import_.started_at).total_seconds(), 1)
    return {
        "total": total,
        "left": max(total - import_.rows, 0),
        "rate": round(import_.rows / seconds) if import_.rows else None,
        "percent": formats.percent(import_.rows / total if total else 0),
    }


def rejections(import_: Import, most: int) -> list[dict[str, Any]]:
    rows = import_.rejections.order_by("line")[:most]
    return [_refusal(import_, row.line, row.column, row.value, row.code, row.data) for row in rows]


def mapping(import_: Import) -> list[tuple[str, str]]:
    if import_.kind not in KINDS or not import_.mapping:
        return []
    whole = mappings.from_data(import_.kind, import_.mapping)
    return wording.mapping_lines(kind_named(import_.kind).fitted(whole.columns), whole)


def undo(import_: Import, done: Undone) -> dict[str, Any]:
    """Template context of an undo before it is made: what is restored and what is kept, with customers by name."""
    some = done.kept[:SHOWN]
    pks = [kept.pk for kept in some if kept.model == "customers.customer"]
    names = {pk: str(customer) for pk, customer in Customer.objects.in_bulk(pks).items()}
    return {"import": import_, "summary": summary(import_), "done": done, "kept": [_kept(kept, names) for kept in some]}


def undone(done: Undone) -> str:
    back = ngettext("%(count)s row is as before.", "%(count)s rows are as before.", done.restored)
    text = back % {"count": formats.number(done.restored)}
    if kept := len(done.kept):
        stays = ngettext(
            "%(count)s stays as people have left it since.", "%(count)s stay as people have left them since.", kept
        )
        text += " " + stays % {"count": formats.number(kept)}
    return text


def _kept(kept: Kept, names: dict[int, str]) -> dict[str, Any]:
    reasons = {
        "gone": _("has been taken away since"),
        "in_use": _("other facts have come to it since"),
        "came_since": _("came since"),
        "changed_since": _("was changed since"),
    }
    reason = str(reasons.get(kept.reason) or reason_words(kept.reason))
    if kept.reason == "changed_since" and kept.name:
        reason = _("%(field)s is “%(now)s” now, was “%(was)s” before the import") % {
            "field": event_wording.field_name(kept.model, kept.name),
            "now": kept.now,
            "was": kept.was,
        }
    if kept.pk in names:
        return {"name": names[kept.pk], "url": reverse("customer", args=[kept.pk]), "reason": reason}
    return {"name": event_wording.model_name(kept.model), "url": "", "reason": reason}
