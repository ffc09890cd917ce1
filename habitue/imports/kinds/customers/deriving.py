from __future__ import annotations

from habitue.customers.placeholders import NOBODY, NOTHING
from habitue.imports.staging.derivation import Derivation, When
from habitue.imports.staging.steps import Step, case, select
from habitue.kernel.database.quoting import quoted

NO_VALUE = r"[^\pL\pN]*|[#(<\[]*0*[.,]?0*[)>\]]*"  # `placeholders.NO_VALUE` as DuckDB writes it
SCIENTIFIC = r"\d([.,]\d+)?[eE]\+\d{2,}"
TOTAL = r"(?i)((grand |sous-?|sub)?tota(l|ux)( général)?|nombre( de)?|count)\b.*"


class Customers(Derivation):
    """Computed columns of customers. The key of one without a reference is their e-mail address, else a hash of the
    row.
    """

    def repaired_texts(self) -> dict[str, str]:
        """The family name is the one of birth where that alone is said.

        Of the reference: the apostrophe that spreadsheets put before digits is not of it, nor is the decimal point
        that programs put behind them; e-mail addresses are compared in lower case; NULL and N/A are none.
        """
        texts = self._family_names()
        if not self._has_reference:
            return texts
        key = self.kind.key.text
        bare = rf"regexp_replace({key}, '^''(\+?[0-9])', '\1')"
        decimals = rf"(SELECT count(*) FROM texts WHERE regexp_full_match({key}, '\d+\.\d*[1-9]\d*'))"  # noqa: S608
        whole = rf"CASE WHEN {decimals} = 0 THEN regexp_replace({bare}, '^(\d+)\.0+$', '\1') ELSE {bare} END"
        from_zero = f"{key} = '0' AND EXISTS (SELECT 1 FROM texts WHERE {key} = '1')"  # noqa: S608 - a file counts so
        no_value = f"regexp_full_match({key}, {quoted(NO_VALUE)}) AND NOT ({from_zero})"
        nothing = f"{no_value} OR {_is_one_of(key, NOTHING)}"
        whens = [(nothing, "NULL"), (f"contains({key}, '@')", f"lower({key})")]
        return texts | {self.kind.key.name: case(whens, whole)}

    def _family_names(self) -> dict[str, str]:
        if not {"family_name", "birth_name"} <= set(self.mapping.columns):
            return {}
        name, family, birth = (self.kind.field(of).text for of in ("name", "family_name", "birth_name"))
        return {"family_name": f"CASE WHEN {name} IS NULL THEN coalesce({family}, {birth}) ELSE {family} END"}

    def made_key(self) -> str:
        """An address that people with different names share is the key of none of them."""
        mark = super().made_key()
        if "email" not in self.mapping.columns:
            return mark
        email = self.kind.field("email").text
        names = [self.kind.field(name).text for name in ("given_name", "family_name", "name")]
        name = f"nullif(lower(concat_ws(' ', {', '.join(names)})), '')"
        alone = f"count(DISTINCT {name}) OVER (PARTITION BY lower({email})) <= 1"
        fits = rf"length({email}) <= {self.kind.key.limit} AND regexp_full_match({email}, '[^\s,;:]+@[^\s,;:@]+')"
        return f"CASE WHEN {fits} AND {alone} THEN lower({email}) ELSE {mark} END"

    def group_faults(self) -> list[When]:
        name, family, given = (self.kind.field(name).text for name in ("name", "family_name", "given_name"))
        faults = [
            (_is_one_of(name, NOBODY), "name:nobody"),
            (f"{given} IS NULL AND {_is_one_of(family, NOBODY)}", "family_name:nobody"),
        ]
        key = self.kind.key
        said = [f for f in self.kind.shared if f.name in self.mapping.columns]
        if said and not self._has_reference:
            whole = f"concat_ws(' ', {', '.join(field.text for field in said)})"
            faults.append((_says_nothing(whole), f"{said[0].name}:missing"))
        if self._has_reference:
            others = [f.text for f in self.kind.shared if f is not key and f.name in self.mapping.columns]
            alone = " AND ".join(f"{text} IS NULL" for text in others) or "TRUE"
            faults += [
                (f"regexp_full_match({key.text}, {quoted(SCIENTIFIC)})", f"{key.name}:digits_lost"),
                (f"regexp_full_match({key.text}, {quoted(TOTAL)}) AND {alone}", f"{key.name}:total_line"),
                (_is_one_of(key.text, NOBODY), f"{key.name}:nobody"),
            ]
        return faults

    def line_steps(self) -> list[Step]:
        """With a mark of all that each row says: see `late_faults`."""
        texts = ", ".join(field.text for field in self.kind.shared if field.name in self.mapping.columns)
        fault = f"CASE WHEN extra IS NOT NULL THEN {quoted(':too_many_cells')} ELSE contradiction END AS fault"
        return [Step("facts", select(["line", "key", fault, f"hash({texts}) AS mark"], "FROM joined"), "file")]

    def sums(self) -> list[str]:
        return ["min(mark) <> max(mark) AS differing"]

    def late_faults(self) -> list[When]:
        """Two rows with one name and other data may be two people: only who wrote them knows."""
        if not self._has_reference:
            return []
        key = self.kind.key
        return [(f"differing AND NOT regexp_matches({key.text}, '[0-9@_]')", f"{key.name}:name_as_reference")]

    @property
    def _has_reference(self) -> bool:
        return self.kind.key.name in self.mapping.columns


def _says_nothing(text: str) -> str:
    return f"regexp_full_match({text}, {quoted(NO_VALUE)}) OR {_is_one_of(text, NOTHING)}"


def _is_one_of(text: str, names: frozenset[str]) -> str:
    """Whether a text, folded as `name_key` does, is one of these."""
    folded = f"trim(regexp_replace(strip_accents(lower({text})), '[^a-z0-9]+', ' ', 'g'))"
    return f"{folded} IN ({', '.join(quoted(name) for name in sorted(names))})"
