"""The levels at which two profiles can agree, field by field, the best first.

A level has a condition in SQL over the columns of `profiles`, with _l and _r for the two sides, and its share among
pairs of records of the same person (`same`), of two people of a household (`household`) and of two strangers
(`strangers`).

The shares `same` and `strangers` are where the estimation on real data begins; `household` is fixed. Their source is
docs/decisions/0011-duplicates.md.
"""

from __future__ import annotations

from dataclasses import dataclass

CLOSE = 0.88  # Jaro-Winkler
NEARLY = 0.92
ACROSS = f"(family_l <> family_r AND family_r <> '' AND jaro_winkler_similarity(given_l, family_r) >= {NEARLY})"
BACK = f"(family_l <> family_r AND family_l <> '' AND jaro_winkler_similarity(family_l, given_r) >= {NEARLY})"
INITIAL = "(least(length(given_l), length(given_r)) = 1 AND given_l[1] = given_r[1])"
SLIP = (  # within the name: Martine is not a slip of Martin
    "(damerau_levenshtein(given_l, given_r) = 1 AND given_l[1] = given_r[1] AND given_l[-1] = given_r[-1])"
)
BIRTH_NAME = "(birth_l <> '' AND birth_l IN (family_r, birth_r)) OR (birth_r <> '' AND birth_r = family_l)"
DAY_FOR_MONTH = "born_l[1:4] = born_r[1:4] AND born_l[5:6] = born_r[7:8] AND born_l[7:8] = born_r[5:6]"
STREET = f"jaro_winkler_similarity(street_l, street_r) >= {NEARLY}"
TOWN = "((postcode_l <> '' AND postcode_l = postcode_r) OR (city_l <> '' AND city_l = city_r))"
SAME_STREET = (
    f"(list_has_any(addresses_l, addresses_r) OR ({STREET} AND street_l <> '' AND number_l = number_r AND {TOWN}))"
)


@dataclass(frozen=True, slots=True)
class Level:
    code: str
    sql: str
    same: float
    household: float
    strangers: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The comparison of one field, with its levels, the best first.

    `known`: SQL, whether both sides have a value. `term`: the column whose value's frequency counts at the first level.
    """

    name: str
    known: str
    levels: tuple[Level, ...]
    term: str = ""


COMPARISONS = (
    Comparison(
        "given",
        "given_l <> '' AND given_r <> ''",
        (
            Level("same", "given_l = given_r", 0.78, 0.005, 0.006),
            Level("known_as", "first_l = first_r", 0.05, 0.005, 0.004),
            Level("initial", INITIAL, 0.01, 0.02, 0.02),
            Level("swapped", f"{ACROSS} AND {BACK}", 0.02, 0.0005, 0.00001),
            Level("crossed", f"{ACROSS} OR {BACK}", 0.01, 0.03, 0.002),
            Level("slip", SLIP, 0.07, 0.003, 0.001),
            Level("close", f"jaro_winkler_similarity(given_l, given_r) >= {CLOSE}", 0.04, 0.03, 0.011),
            Level("other", "", 0.02, 0.9065, 0.95599),
        ),
        term="given",
    ),
    Comparison(
        "family",
        # where names are crossed, that says it all
        f"family_l <> '' AND family_r <> '' AND NOT (given_l <> given_r AND ({ACROSS} OR {BACK}))",
        (
            Level("same", "family_l = family_r", 0.76, 0.68, 0.001),
            Level("birth_name", BIRTH_NAME, 0.04, 0.03, 0.0006),
            Level("part", "list_has_any(parts_l, parts_r)", 0.03, 0.04, 0.001),
            Level("close", f"jaro_winkler_similarity(family_l, family_r) >= {CLOSE}", 0.11, 0.1, 0.006),
            Level("other", "", 0.06, 0.15, 0.9914),
        ),
        term="family",
    ),
    Comparison(
        "born",
        "born_l <> '' AND born_r <> ''",
        (
            Level("same", "born_l = born_r", 0.93, 0.025, 0.00005),
            Level("swapped", DAY_FOR_MONTH, 0.01, 0.0005, 0.00005),
            Level("close", "damerau_levenshtein(born_l, born_r) <= 1", 0.035, 0.004, 0.0011),
            Level("near", "damerau_levenshtein(born_l, born_r) = 2", 0.01, 0.02, 0.01),
            Level("other", "", 0.015, 0.9505, 0.9888),
        ),
    ),
    Comparison(
        "phone",
        "len(phones_l) > 0 AND len(phones_r) > 0",
        (
            Level("same", "list_has_any(phones_l, phones_r)", 0.7, 0.6, 0.000002),
            Level("other", "", 0.3, 0.4, 0.999998),
        ),
    ),
    Comparison(
        "email",
        "len(emails_l) > 0 AND len(emails_r) > 0",
        (
            Level("same", "list_has_any(emails_l, emails_r)", 0.65, 0.12, 0.000002),
            Level("other", "", 0.35, 0.88, 0.999998),
        ),
    ),
    Comparison(
        "street",
        "street_l <> '' AND street_r <> ''",
        (
            Level("same", SAME_STREET, 0.65, 0.75, 0.00001),
            Level("elsewhere", f"{STREET} AND number_l = number_r", 0.08, 0.01, 0.0002),
            Level("number", f"{STREET} AND {TOWN}", 0.04, 0.02, 0.0005),
            Level(
                "close", f"number_l = number_r AND {TOWN} AND jaccard(street_l, street_r) >= 0.8", 0.04, 0.02, 0.0001
            ),
            Level("other", "", 0.19, 0.2, 0.99919),
        ),
    ),
    Comparison(
        "town",
        # where the street is the same, so is the town
        f"((postcode_l <> '' AND postcode_r <> '') OR (city_l <> '' AND city_r <> '')) AND NOT ({SAME_STREET})",
        (
            Level("same", "postcode_l = postcode_r AND postcode_l <> ''", 0.5, 0.3, 0.003),
            Level("city", f"jaro_winkler_similarity(city_l, city_r) >= {NEARLY} AND city_l <> ''", 0.2, 0.2, 0.004),
            Level("close", "damerau_levenshtein(postcode_l, postcode_r) <= 1 AND postcode_l <> ''", 0.05, 0.05, 0.005),
            Level("other", "", 0.25, 0.45, 0.988),
        ),
        term="postcode",
    ),
)
