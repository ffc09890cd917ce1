"""The mapping of a file where none is given: by the profile that fits it, else guessed; what is doubtful is asked."""

from __future__ import annotations

from collections.abc import Mapping as Map

from django.utils.translation import gettext as _

from habitue.imports.files.reading import Rows
from habitue.imports.kind import Kind
from habitue.imports.mappings.mapping import Mapping, from_data
from habitue.imports.mappings.proposing import mapping_of
from habitue.imports.profiles.profile import Profile, all_profiles, profile_named
from habitue.imports.profiles.recognising import Recognised, by_profile, recognise, sentence
from habitue.kernel.errors import HabitueError

NO_PROFILE = "none"


def mapping_for(kind: Kind, rows: Rows, answers: Map[str, str]) -> Mapping:
    """The mapping of a file. The answer `profile` says how: the key of one, "none" to guess, or nothing to find it out;
    the others are to the questions of the guess."""
    profile = answers.get("profile", "")
    if profile == NO_PROFILE:
        return mapping_of(kind, rows, answers)
    if profile:
        return _by_name(kind, rows, named(profile))
    recognised = recognise(rows)
    if recognised is None:
        return mapping_of(kind, rows, answers)
    if recognised.profile.kind != kind.name and recognised.fits:
        raise HabitueError(f"{sentence(recognised)} {_other_kind(recognised.profile)} {_or_guess()}")
    if not recognised.sure:
        raise HabitueError(f"{sentence(recognised)} {_remedy(recognised)}")
    return from_data(kind.name, recognised.data)


def named(key: str) -> Profile:
    """The profile `key`; HabitueError, with the names of all, where there is none."""
    profile = profile_named(key)
    if profile is None:
        raise HabitueError(
            _("There is no profile “%(profile)s”. Say one of: %(profiles)s; or none.")
            % {"profile": key, "profiles": ", ".join(sorted(one.key for one in all_profiles()))}
        )
    return profile


def _by_name(kind: Kind, rows: Rows, profile: Profile) -> Mapping:
    """Whoever names it has seen the cells: only headings that are missing, and sums that differ, are refused."""
    recognised = by_profile(profile, rows)
    if profile.kind != kind.name:
        raise HabitueError(_other_kind(profile))
    if recognised.missing or recognised.sums:
        raise HabitueError(f"{sentence(recognised)} {_or_guess()}")
    return from_data(kind.name, recognised.data)


def _remedy(recognised: Recognised) -> str:
    if recognised.missing or recognised.sums:
        return _or_guess()
    if recognised.rivals:
        keys = " / ".join((recognised.profile.key, *recognised.rivals))
        return _("Say which: --profile %(keys)s. %(guess)s") % {"keys": keys, "guess": _or_guess()}
    return _("If it is one, say --profile %(key)s. %(guess)s") % {"key": recognised.profile.key, "guess": _or_guess()}


def _or_guess() -> str:
    return _("To have its columns guessed, say --profile none; to say them yourself, give a mapping.")


def _other_kind(profile: Profile) -> str:
    return _("A file of %(profile)s holds %(kind)s: habitue import %(kind)s …") % {
        "profile": profile.words,
        "kind": profile.kind,
    }
