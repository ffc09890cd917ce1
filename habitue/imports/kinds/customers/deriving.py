from __future__ import annotations

from habitue.imports.staging.derivation import Derivation


class Customers(Derivation):
    """Computed columns of customers. The key of one without a reference is their e-mail address, else a hash of the
    row.
    """

    def made_key(self) -> str:
        mark = super().made_key()
        if "email" not in self.mapping.columns:
            return mark
        email = self.kind.field("email").text
        return f"CASE WHEN length({email}) <= {self.kind.key.limit} AND {email} LIKE '%@%' THEN {email} ELSE {mark} END"
