from django.apps import AppConfig


class Imports(AppConfig):
    name = "habitue.imports"

    def ready(self) -> None:
        from habitue.imports.kinds import customers, declare, purchases

        for kind in (
            purchases.ORDERS,
            customers.CUSTOMERS,
            customers.RELATIONS,
            purchases.PRODUCTS,
            purchases.PROMOTIONS,
            purchases.CONTRACTS,
        ):
            declare(kind)
