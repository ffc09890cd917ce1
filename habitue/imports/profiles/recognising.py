"""Whether a file is of a known format: by its headings, and by cells that do not contradict them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from habitue.imports.evidence import cells as evidence_cells
from habitue.imports.evidence.columns import Column, look_at
from habitue.imports.files.reading import Rows
from habitue.imports.kind import kind_named
from habitue.imports.profiles.profile import Profile, Sum, all_profiles, mapping_data
from habitue.kernel.database.duck import connect, parquet
from habitue.kernel.names import name_key

MOSTLY = 0.9
NEAR = 0.8  # of the headings that a file must have: with fewer, it only resembles the format
LEAST = 4  # headings that a file must share with a format to resemble it
SHOWN = 5
LOOKS = {"email": ("email",), "number": ("number", "percent"), "date": ("date", "moment"), "telephone": ("telephone",),
         "currency": ("currency",), "country": ("country",), "whole": ("whole", "integer")}  # fmt: skip
LOOK_OF_TYPE = {"moment": "date", "day": "date", "amount": "number", "quantity": "number", "count": "number",
                "number": "number", "currency": "currency"}  # fmt: skip
HALF_A_CENT = 0.005


@dataclass(frozen=True)
class Recognised:
    """A profile, and what speaks against it: headings that are missing, columns whose cells are something else, and
    a sum that does not come out. `data` is the mapping of the file by it.
    """

    profile: Profile
    data: dict[str, Any]
    missing: tuple[str, ...] = ()
    contradicted: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    rivals: tuple[str, ...] = field(default=())

    @property
    def fits(self) -> bool:
        return not (self.missing or self.contradicted or self.sums or self.rivals)

    @property
    def sure(self) -> bool:
        return self.fits and self.profile.confirmed and not self.profile.asks


def recognise(rows: Rows) -> Recognised | None:
    """The profile that fits the headings best; None where none has enough of them."""
    profiles = [one for one in all_profiles() if one.headed or len(rows.headings) == len(one.headings)]
    scored = [(profile, names, matched) for profile in profiles for names, matched in _readings(profile, rows)]
    whole = [one for one in scored if _is_whole(one[0], one[2])]
    if whole:
        first, *others = sorted(whole, key=lambda one: (-len(one[0].headings), -len(one[2])))
        same = [one for one in others if len(one[0].headings) == len(first[0].headings) and one[0] != first[0]]
        judged = _judged(rows, *first)
        if not first[0].headed and not judged.fits:
            return None
        return replace(judged, rivals=tuple(dict.fromkeys(one[0].key for one in same)))
    near = max(scored, key=lambda one: (_share(one[0], one[2]), len(one[2])), default=None)
    if near and _share(near[0], near[2]) >= NEAR and _there(near[0], near[2]) >= LEAST:
        return _judged(rows, *near)
    return None


def _is_whole(profile: Profile, matched: Mapping[str, str]) -> bool:
    """Whether a file has all the headings that it must have."""
    one = not profile.one_of or any(heading in matched for heading in profile.one_of)
    return one and all(heading in matched for heading in profile.headings)


def by_profile(profile: Profile, rows: Rows) -> Recognised:
    """The same for one profile, whatever others there are."""
    names, matched = max(_readings(profile, rows, every=True), key=lambda one: _there(profile, one[1]))
    return _judged(rows, profile, names, matched)


def sentence(of: Recognised) -> str:
    """What a file is read as, or what speaks against it."""
    if of.sure:
        return _("Read as a file of %(profile)s.") % {"profile": of.profile.words}
    looks = _("It looks like a file of %(profile)s.") % {"profile": of.profile.words}
    return " ".join([looks, *_doubts(of)])


def _doubts(of: Recognised) -> list[str]:
    doubts = []
    if of.missing:
        doubts.append(_("These columns of it are missing: %(columns)s.") % {"columns": _listed(of.missing)})
    if of.contradicted:
        doubts.append(
            _("The cells of these columns are something else than there: %(columns)s.")
            % {"columns": _listed(of.contradicted)}
        )
    if of.sums:
        doubts.append(_("Its columns do not add up to “%(total)s” as there.") % {"total": of.sums[0]})
    if of.rivals:
        doubts.append(_("It could also be: %(others)s.") % {"others": ", ".join(of.rivals)})
    if of.profile.asks:
        doubts.append(of.profile.asked)
    if not of.profile.confirmed:
        doubts.append(_("No public source confirms the headings of that format."))
    return doubts


def _listed(headings: Sequence[str]) -> str:
    some = ", ".join(f"“{heading}”" for heading in headings[:SHOWN])
    return some + (" …" if len(headings) > SHOWN else "")


def _readings(profile: Profile, rows: Rows, every: bool = False) -> list[tuple[Mapping[str, str], dict[str, str]]]:
    """(names, heading of the file by heading of the profile) in each language in which it is written."""
    matched = [(names, profile.matched(rows.headings, names)) for names in profile.languages]
    return [one for one in matched if one[1] or every]


def _there(profile: Profile, matched: Mapping[str, str]) -> int:
    return sum(heading in matched for heading in profile.headings)


def _share(profile: Profile, matched: Mapping[str, str]) -> float:
    return _there(profile, matched) / len(profile.headings) if profile.headings else 0.0


def _judged(rows: Rows, profile: Profile, names: Mapping[str, str], matched: dict[str, str]) -> Recognised:
    missing = tuple(names.get(heading, heading) for heading in profile.headings if heading not in matched)
    if not missing and not _is_whole(profile, matched):
        missing = tuple(names.get(heading, heading) for heading in profile.one_of)
    of = Recognised(profile, mapping_data(profile, matched, {}), missing)
    if missing:
        return of
    agreeing = next((one for one in profile.sums if _adds_up(rows, one, matched)), None)
    if profile.sums and agreeing is None:
        return replace(of, sums=(matched.get(profile.sums[0].total, profile.sums[0].total),))
    data = mapping_data(profile, matched, agreeing.rules if agreeing else {})
    data["columns"] |= _of_the_installation(rows, profile, matched)
    return replace(of, data=data, contradicted=tuple(_contradicted(rows, profile, data, matched)))


def _of_the_installation(rows: Rows, profile: Profile, matched: Mapping[str, str]) -> dict[str, str]:
    """The columns of fields that only this installation has, by their headings."""
    left = {name_key(heading): heading for heading in rows.headings if heading not in matched.values()}
    fields = [field for field in kind_named(profile.kind).further() if field.name.startswith("custom.")]
    matches = ((field.name, next((left[word] for word in field.words if word in left), "")) for field in fields)
    return {name: heading for name, heading in matches if heading}


def _contradicted(rows: Rows, profile: Profile, data: Mapping[str, Any], matched: Mapping[str, str]) -> list[str]:
    """Headings of columns whose cells are not what the format has there."""
    wanted: dict[str, str] = {}
    kind = kind_named(profile.kind)
    for fact, origin in data["columns"].items():
        field = kind.known(fact)
        columns = [origin] if isinstance(origin, str) else origin.get("columns", [])
        if field and columns and (look := LOOK_OF_TYPE.get(field.type)):
            wanted[columns[0]] = look
        elif field and columns and field.name.partition(".")[0] == "email":
            wanted[columns[0]] = "email"
    for discount in data.get("discounts", {}).values():
        wanted[discount if isinstance(discount, str) else discount["column"]] = "number"
    wanted |= {matched[heading]: look for heading, look in profile.cells.items() if heading in matched}
    _lines, cells = evidence_cells.read(rows)
    contradicted = []
    for heading, look in wanted.items():
        at = rows.headings.index(heading)
        column, _values = look_at(heading, at, cells[at])
        if not column.empty and not _looks(column, look, cells[at]):
            contradicted.append(heading)
    return contradicted


def _looks(column: Column, look: str, cells: evidence_cells.Cells) -> bool:
    if look in LOOKS:
        return column.share(*LOOKS[look]) >= MOSTLY
    pattern = re.compile(look)
    counts = cells.counts
    fitting = np.array([bool(pattern.fullmatch(text)) for text in cells.texts.to_pylist()])
    return bool(counts[fitting].sum() >= MOSTLY * counts.sum())


def _adds_up(rows: Rows, one: Sum, matched: Mapping[str, str]) -> bool:
    """Whether the parts make the total on most rows that have one."""
    if not one.total:
        return True
    if any(name.removeprefix("-") not in matched for name in (one.total, *one.parts)):
        return False
    total = rows.at(matched[one.total])
    parts = " ".join(
        f"{'-' if part.startswith('-') else '+'} coalesce({_number(rows.at(matched[part.removeprefix('-')]))}, 0)"
        for part in one.parts
    )
    agree = f"abs({_number(total)} - (0 {parts})) < {HALF_A_CENT}"
    query = (
        f"SELECT count(*) FILTER ({agree}), count(*) FROM {parquet(rows.path)} "  # noqa: S608 - names are ours
        f"WHERE trim(coalesce({total}, '')) <> ''"
    )
    with connect(rows.folder) as connection:
        agreeing, all_rows = connection.execute(query).fetchone() or (0, 0)
    return bool(all_rows) and agreeing >= MOSTLY * all_rows


def _number(column: str) -> str:
    r"""An amount as formats write it: 1,234.50 or 1234,50, with a sign of money or brackets around it or not."""
    bare = rf"regexp_replace({column}, '[^0-9.,()-]', '', 'g')"
    comma = rf"regexp_matches({bare}, ',[0-9]{{1,2}}\)?$')"
    plain = f"CASE WHEN {comma} THEN replace(replace({bare}, '.', ''), ',', '.') ELSE replace({bare}, ',', '') END"
    signed = rf"regexp_replace({plain}, '^\((.*)\)$', '-\1')"
    return f"TRY_CAST({signed} AS DOUBLE)"
