from django.apps import AppConfig


class Customers(AppConfig):
    name = "habitue.customers"

    def ready(self) -> None:
        from habitue.customers.segments.own import declare_own

        declare_own()
