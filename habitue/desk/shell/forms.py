"""Forms of the desk, shown within a section or as a page, with errors beside their fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from habitue.desk.shell.access import DeskRequest
from habitue.events.done import Done
from habitue.kernel import parsing
from habitue.kernel.errors import HabitueError, InvalidFields


@dataclass
class Field:
    """A field of a form. `kind`: an input's type, or "select", "lines", "check". `suggest`: address of suggestions."""

    name: str
    label: Any
    kind: str = "text"
    value: str = ""
    options: Sequence[tuple[str, Any]] = ()
    hint: Any = ""
    suggest: str = ""
    limit: int = 500
    error: str = ""


@dataclass
class Form:
    title: Any
    action: str
    back: str
    fields: list[Field]
    send: Any = ""
    section: str = ""
    error: str = ""
    about: str = ""
    actions: Sequence[tuple[Any, str]] = ()
    more: dict[str, Any] = field(default_factory=dict)

    def fill(self, data: QueryDict) -> None:
        for one in self.fields:
            one.value = data.get(one.name, "").replace("\0", "")

    def __getitem__(self, name: str) -> str:
        return {one.name: one.value for one in self.fields}[name]

    def day(self, name: str) -> date | None:
        """The date typed in a field, None if empty; InvalidFields where it is no date."""
        if not self[name].strip():
            return None
        try:
            return parsing.day(self[name])
        except parsing.NotUnderstood as error:
            raise InvalidFields({name: error.message}) from error

    def attempt(self, verb: Callable[[], Done[Any]]) -> Done[Any] | None:
        """Call a verb and return its result; where it refuses, put the errors beside their fields and return None."""
        try:
            return verb()
        except InvalidFields as error:
            self._blame(error.errors)
        except HabitueError as error:
            self.error = str(error)
        return None

    def show(self, request: DeskRequest) -> HttpResponse:
        """The form as a response: a fragment for htmx, else a page, with status 422 where fields are wrong.

        For htmx the status stays 200, as it ignores the content of error responses.
        """
        wrong = self.error or any(one.error for one in self.fields)
        context = {"form": self} | self.more
        if not request.htmx:
            return render(request, "shell/form.html", context, status=422 if wrong else 200)
        response = render(request, "shell/form.html#form", context)
        if wrong:
            response["HX-Retarget"], response["HX-Reswap"] = f"#{self.section}-form", "innerHTML"
        return response

    def _blame(self, errors: dict[str, str]) -> None:
        for one in self.fields:
            one.error = str(errors.pop(one.name, ""))
        self.error = " ".join(map(str, errors.values()))
