from django.apps import AppConfig


class Customers(AppConfig):
    name = "habitue.customers"

    def ready(self) -> None:
        from habitue.customers import journal
        from habitue.customers.segments import keeping, own

        own.declare_own()
        if keeping.follow not in journal.FOLLOWING:
            journal.FOLLOWING.append(keeping.follow)
