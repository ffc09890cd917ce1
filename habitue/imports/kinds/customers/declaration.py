"""Who they are: customers with all that is kept of them, and what they are to one another."""

from __future__ import annotations

from django.utils.translation import gettext_lazy, pgettext_lazy

from habitue.customers.fields import PROFILE, REFERENCE_LIMIT, ProfileField
from habitue.customers.models import CustomField, Relation
from habitue.imports.kinds import Field, Kind, Type
from habitue.kernel.names import name_key

SYSTEMS = (
    "sap", "salesforce", "hubspot", "shopify", "woocommerce", "prestashop", "stripe", "sage", "odoo", "zendesk",
    "mailchimp", "brevo", "crm", "erp", "dolibarr", "zoho", "cegid", "ebp",
)  # fmt: skip
PEOPLE = ("person", "individual", "consumer", "personne", "particulier", "p", "b2c")
ORGANISATIONS = ("organisation", "organization", "company", "business", "entreprise", "societe", "société", "b2b")

PROFILE_WORDS = {
    "given_name": ("given name", "first name", "firstname", "given", "forename", "prenom", "prenoms", "prenom client"),
    "family_name": (
        "family name", "last name", "lastname", "surname", "nom de famille", "nom d usage", "nom usuel",
    ),
    "birth_name": ("birth name", "maiden name", "name at birth", "nom de naissance", "nom de jeune fille"),
    "name": (
        "name", "full name", "customer name", "display name", "company", "company name", "organisation",
        "organization", "nom", "nom du client", "nom client", "nom complet", "raison sociale", "societe",
        "entreprise", "nom et prenom", "nom prenom", "prenom nom", "prenom et nom", "contact",
    ),
    "kind": ("kind", "type", "customer type", "type de client", "nature"),
    "born_on": (
        "birth day", "birthday", "born on", "date of birth", "birth date", "birthdate", "dob",
        "date de naissance", "ne le", "nee le", "ne e le", "naissance", "anniversaire",
    ),
    "internal": ("internal", "colleague", "employee", "staff", "interne", "client interne", "collegue", "salarie"),
}  # fmt: skip
SPELT = {
    "kind": (*((word, "person") for word in PEOPLE), *((word, "organisation") for word in ORGANISATIONS)),
}


def _profile(field: ProfileField) -> Field:
    return Field(
        field.name,
        field.file_label or field.label,
        PROFILE_WORDS.get(field.name, (field.name.replace("_", " "),)),
        type=field.type,
        limit=field.limit,
        choices=tuple(code for code, _words in field.choices),
        spelt=SPELT.get(field.name, ()),
        first_day=field.first_day,
        past=field.past,
    )


CUSTOMERS = Kind(
    "customers",
    gettext_lazy("customers"),
    (
        Field(
            "reference",
            gettext_lazy("reference of the customer"),
            (
                "reference", "customer reference", "customer id", "customer number", "customer no", "id", "uid",
                "customer", "client", "code client", "n client", "n de client", "numero client",
                "numero de client", "code", "reference client", "id client", "household id", "ref", "ref client",
            ),
            limit=REFERENCE_LIMIT,
            required=True,
        ),
        *map(_profile, PROFILE),
        Field(
            "email",
            gettext_lazy("e-mail address"),
            (
                "email", "e mail", "email address", "e mail address", "mail", "courriel", "adresse email",
                "adresse e mail", "adresse mail", "adresse electronique", "customer email",
            ),
            limit=320,
            variants=True,
            variant_words=(
                ("work", ("work email", "business email", "email work", "email professionnel", "email pro",
                          "e mail professionnel", "courriel professionnel", "mail professionnel", "mail pro")),
                ("home", ("home email", "personal email", "email home", "email personnel", "e mail personnel",
                          "email perso", "courriel personnel")),
            ),
        ),
        Field(
            "phone",
            gettext_lazy("telephone"),
            (
                "phone", "telephone", "phone number", "tel", "telephone number", "numero de telephone",
                "n de telephone", "telephone fixe", "fixe", "landline",
            ),
            limit=60,
            variants=True,
            variant_words=(
                ("mobile", ("mobile", "mobile phone", "cell", "cell phone", "portable", "telephone portable",
                            "telephone mobile", "tel portable", "tel mobile", "gsm", "numero de portable")),
                ("work", ("work phone", "business phone", "office phone", "phone work", "telephone professionnel",
                          "telephone pro", "telephone bureau", "tel pro", "tel bureau")),
                ("home", ("home phone", "phone home", "telephone domicile", "telephone personnel", "tel domicile")),
            ),
        ),
        Field(
            "address",
            gettext_lazy("postal address in one cell"),
            ("full address", "postal address", "adresse complete", "adresse postale"),
            limit=400,
            variants=True,
        ),
        Field(
            "street",
            gettext_lazy("street"),
            (
                "street", "street address", "address", "address 1", "address line 1", "address1", "adresse", "rue",
                "adresse 1", "voie", "numero et voie", "adresse ligne 1", "billing address",
            ),
            limit=200,
            variants=True,
        ),
        Field(
            "postcode",
            gettext_lazy("postcode"),
            (
                "postcode", "postal code", "zip", "zip code", "zipcode", "code postal", "cp", "codepostal",
                "post code",
            ),
            limit=16,
            variants=True,
        ),
        Field(
            "city",
            gettext_lazy("city"),
            ("city", "town", "locality", "ville", "commune", "localite", "suburb"),
            limit=100,
            variants=True,
        ),
        Field(
            "country",
            pgettext_lazy("of an address", "country"),
            ("country", "country code", "pays", "code pays"),
            limit=60,
            variants=True,
        ),
        Field(
            "outside",
            gettext_lazy("reference in another system"),
            ("external id", "external reference", "outside reference", "reference externe", "id externe"),
            limit=320,
            variants=True,
            variant_words=tuple(
                (system, (f"{system} id", f"id {system}", f"reference {system}", f"n {system}", f"code {system}",
                          f"{system} reference", f"{system} number", f"numero {system}"))
                for system in SYSTEMS
            ),
        ),
        Field(
            "tags",
            gettext_lazy("tags, with commas between"),
            ("tags", "tag", "labels", "categories", "etiquettes", "etiquette", "mots cles", "groups", "groupes"),
            limit=1_000,
        ),
    ),
    writer="habitue.imports.kinds.customers.writing.write",
    made_key=True,
    more="habitue.imports.kinds.customers.declaration.custom_fields",
    settle="habitue.imports.kinds.customers.declaration.settle",
)  # fmt: skip

RELATIONS = Kind(
    "relations",
    gettext_lazy("relations between customers"),
    (
        Field(
            "of",
            gettext_lazy("reference of the customer"),
            (
                "of", "from", "customer", "customer id", "customer reference", "person", "reference", "client",
                "reference client", "code client", "id client", "n client", "de", "personne",
            ),
            limit=64,
            required=True,
        ),
        Field(
            "kind",
            gettext_lazy("kind of relation"),
            ("kind", "relation", "type", "relation type", "link", "nature", "lien", "type de relation"),
            type="choice",
            required=True,
            choices=tuple(Relation.Kind.values),
            spelt=(
                *((code, code) for code in Relation.Kind.values),
                ("same household", "household"), ("same household as", "household"), ("foyer", "household"),
                ("même foyer", "household"), ("family", "household"), ("famille", "household"),
                ("works for", "employer"), ("employee of", "employer"), ("employeur", "employer"),
                ("travaille pour", "employer"), ("salarié de", "employer"), ("belongs to", "parent"),
                ("parent company", "parent"), ("subsidiary of", "parent"), ("filiale de", "parent"),
                ("maison mère", "parent"), ("appartient à", "parent"), ("referred by", "referred"),
                ("was referred by", "referred"), ("parrain", "referred"), ("parrainé par", "referred"),
                ("recommandé par", "referred"), ("buys for", "buys_for"), ("achète pour", "buys_for"),
                ("cares for", "carer"), ("aidant", "carer"), ("aidant de", "carer"), ("s'occupe de", "carer"),
            ),
        ),
        Field(
            "to",
            gettext_lazy("reference of the other customer"),
            (
                "to", "other", "with", "other customer", "related to", "related customer", "organisation",
                "other reference", "vers", "a", "avec", "autre client", "autre", "lie a",
            ),
            limit=64,
            required=True,
        ),
        Field(
            "first_day",
            gettext_lazy("first day"),
            ("first day", "start", "start date", "since", "from date", "debut", "date de debut", "depuis"),
            type="day",
        ),
        Field(
            "last_day",
            gettext_lazy("last day"),
            ("last day", "end", "end date", "until", "to date", "fin", "date de fin", "jusqu au"),
            type="day",
            not_before="first_day",
        ),
    ),
    writer="habitue.imports.kinds.customers.relations.write",
    identity=("of", "kind", "to"),
)  # fmt: skip

TYPES: dict[str, Type] = {
    CustomField.Type.NUMBER: "number",
    CustomField.Type.DAY: "day",
    CustomField.Type.CHOICE: "choice",
    CustomField.Type.FLAG: "flag",
}


def custom_fields() -> list[Field]:
    """The facts that this company keeps beside ours, found in files by their code or their label."""
    return [
        Field(
            f"custom.{field.code}",
            field.label,
            tuple(dict.fromkeys((name_key(field.label), name_key(field.code)))),
            type=TYPES.get(field.type, "text"),
            limit=64 if field.type == CustomField.Type.CUSTOMER else 500,
            choices=tuple(str(choice) for choice in field.choices),
        )
        for field in CustomField.objects.all()
    ]


def settle(columns: dict[str, str]) -> dict[str, str]:
    """Fact by column. Beside a given name, “nom” is the family name; a street alone is a whole address."""
    if (
        "given_name" in columns
        and "family_name" not in columns
        and name_key(columns.get("name", "")) in ("nom", "name")
    ):
        columns["family_name"] = columns.pop("name")
    if "street" in columns and not {"postcode", "city", "address"} & set(columns):
        columns["address"] = columns.pop("street")
    return columns
