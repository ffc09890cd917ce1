from django.apps import AppConfig


class Purchases(AppConfig):
    name = "habitue.purchases"

    def ready(self) -> None:
        from habitue.purchases.conditions import declare_purchases
        from habitue.purchases.events import declare_kinds

        declare_kinds()
        declare_purchases()
