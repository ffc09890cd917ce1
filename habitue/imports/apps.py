from django.apps import AppConfig


class Imports(AppConfig):
    name = "habitue.imports"

    def ready(self) -> None:
        from habitue.imports.events import declare_kinds

        declare_kinds()
        from habitue.imports.kinds import declare
        from habitue.imports.kinds.customers.declaration import CUSTOMERS, RELATIONS
        from habitue.imports.kinds.orders.declaration import CONTRACTS, ORDERS, PRODUCTS, PROMOTIONS

        for kind in (ORDERS, CUSTOMERS, RELATIONS, PRODUCTS, PROMOTIONS, CONTRACTS):
            declare(kind)
