"""All formats that are known here: those that are shipped, and the mappings that a company has kept."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from habitue.imports.kind import kind_named
from habitue.imports.models import SavedMapping
from habitue.imports.profiles.profile import all_profiles


@dataclass(frozen=True)
class Listed:
    """A format. `own`: kept by the company itself, for files with exactly these headings."""

    key: str
    words: str
    kind: str
    headings: tuple[str, ...]
    sources: tuple[str, ...] = ()
    confirmed: bool = True
    asks: bool = False
    own: bool = False

    @property
    def kind_words(self) -> str:
        return str(kind_named(self.kind).label)

    @property
    def note(self) -> str:
        """What is to be known of it in a few words; empty for one that is read without a question."""
        if self.own:
            return _("your own")
        if not self.confirmed:
            return _("unconfirmed: always asks")
        return _("always asks") if self.asks else ""

    @property
    def links(self) -> list[str]:
        return [source for source in self.sources if source.startswith("https://")]


def listed() -> list[Listed]:
    """The company's own first."""
    own = [
        Listed("", saved.name, saved.kind, tuple(saved.headings), own=True)
        for saved in SavedMapping.objects.order_by("name", "pk")
    ]
    shipped = [
        Listed(
            profile.key, profile.words, profile.kind, (*profile.headings, *profile.one_of), profile.sources,
            profile.confirmed, bool(profile.asks) or not profile.confirmed,
        )
        for profile in all_profiles()
    ]  # fmt: skip
    return [*own, *shipped]
