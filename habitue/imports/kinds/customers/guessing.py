"""Custom fields as fields of an import, and the correction of a guessed mapping of customers."""

from __future__ import annotations

from habitue.customers.models import CustomField
from habitue.imports.kind import Field, Kind, Type
from habitue.imports.vocabulary import flag_words, vocabulary
from habitue.kernel.names import name_key

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
    """Correct guessed headings, by field: “nom” beside a given name is the family name, a lone street is an address."""
    ambiguous = kind.field("family_name").ambiguous_words
    if "given_name" in columns and "family_name" not in columns and name_key(columns.get("name", "")) in ambiguous:
        columns["family_name"] = columns.pop("name")
    if "street" in columns and not {"postcode", "city", "address"} & set(columns):
        columns["address"] = columns.pop("street")
    return columns
