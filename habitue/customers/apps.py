from django.apps import AppConfig


class Customers(AppConfig):
    name = "habitue.customers"

    def ready(self) -> None:
        from habitue.customers import merging  # noqa: F401 - says what stands in the way of an undoing
