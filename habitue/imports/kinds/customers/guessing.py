"""Custom fields as fields of an import, and the correction of a guessed mapping of customers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from habitue.customers.models import CustomField
from habitue.imports.kind import Field, Kind, Type
from habitue.imports.vocabulary import flag_words, vocabulary
from habitue.kernel.names import name_key

Values = Callable[[str], Sequence[str]]  # the distinct values of a column, or some of many, by its heading
NEARLY_ALL = 0.9  # of the cells of a column of choices: a value that is none rejects its row
NO_NAME = re.compile(r"[\d@_]")
TYPES: dict[str, Type] = {
    CustomField.Type.NUMBER: "number",
    CustomField.Type.DAY: "day",
    CustomField.Type.CHOICE: "choice",
    CustomField.Type.FLAG: "flag",
}


def custom_fields() -> list[Field]:
    """The custom fields of this installation, recognised in files by their code or label."""
    return [
        Field(
            f"custom.{field.code}",
            field.label,
            tuple(dict.fromkeys((name_key(field.label), name_key(field.code)))),
            type=TYPES.get(field.type, "text"),
            limit=64 if field.type == CustomField.Type.CUSTOMER else 500,
            choices=tuple(str(choice) for choice in field.choices),
            spelt=flag_words(vocabulary()) if field.type == CustomField.Type.FLAG else (),
        )
        for field in CustomField.objects.all()
    ]


def settle(kind: Kind, columns: dict[str, str]) -> dict[str, str]:
    """Correct guessed headings, by field: “nom” beside a given name is the family name, a lone street is an address,
    a company is the employer where people are named, and else whom the row is of: its mere contact is left out. An
    address without a street beside one that has a street is none.
    """
    if "given_name" in columns and "family_name" not in columns and _is_family_name(kind, columns.get("name", "")):
        columns["family_name"] = columns.pop("name")
    if "employer" in columns and not _names_people(kind, columns):
        columns.pop("name", None)
    if "street2" in columns and "street.2" not in columns and {"postcode.2", "city.2"} & set(columns):
        columns["street.2"] = columns.pop("street2")  # a second address, not the second line of one
    if "street" in columns and not {"street2", "postcode", "city", "address"} & set(columns):
        columns["address"] = columns.pop("street")
    if {"street", "address"} & set(columns):
        for variant in {name.partition(".")[2] for name in columns if name.startswith(("postcode.", "city."))}:
            if not {f"street.{variant}", f"address.{variant}"} & set(columns):
                columns = {name: column for name, column in columns.items() if not _in_place(name, variant)}
    return columns


def _in_place(name: str, variant: str) -> bool:
    """Whether a field is the postcode, city or country of this address."""
    return name in (f"postcode.{variant}", f"city.{variant}", f"country.{variant}")


def _is_family_name(kind: Kind, heading: str) -> bool:
    """Whether a heading of names can say the family name, as “Nom” and “Nom contact” do beside a given name."""
    words = name_key(heading).split()
    known = kind.field("family_name").ambiguous_words
    return " ".join(words) in known or any(word in known for word in words if len(words) == 2 and "contact" in words)


def _names_people(kind: Kind, columns: dict[str, str]) -> bool:
    """Whether there are names beside that of a company; a mere contact of it is not whom the row is of."""
    mere_contact = name_key(columns.get("name", "")) in kind.field("name").ambiguous_words
    return bool({"given_name", "family_name"} & set(columns)) or ("name" in columns and not mere_contact)


def fitting(kind: Kind, columns: dict[str, str], values: Values) -> dict[str, str]:
    """Without the columns whose values are not what their heading says: “Type: Prospect” is no kind of person.

    Where the column taken for the reference holds names, it is the name: two people may bear one.
    """
    for name, heading in list(columns.items()):
        field = kind.known(name)
        doubtful = field and field.type in ("choice", "flag") and name_key(heading) in field.ambiguous_words
        if field and doubtful and not _mostly_known(field, values(heading)):
            del columns[name]
    heading = columns.get("reference", "")
    if name_key(heading) in kind.field("reference").ambiguous_words and _mostly_names(values(heading)):
        del columns["reference"]
        if not {"name", "family_name"} & set(columns):
            columns["name"] = heading
    return columns


def _mostly_known(field: Field, values: Sequence[str]) -> bool:
    known = {choice.lower() for choice in field.choices} | {word.lower() for word, _code in field.spelt}
    return sum(value.lower() in known for value in values) >= NEARLY_ALL * len(values)


def _mostly_names(values: Sequence[str]) -> bool:
    return 2 * sum(not NO_NAME.search(value) for value in values) > len(values)
