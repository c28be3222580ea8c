from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "danshu.orders"
    label = "orders"

    def ready(self) -> None:
        from danshu.audit import verbs as book  # noqa: PLC0415 -- apps are loading until now
        from danshu.orders import fields, verbs  # noqa: PLC0415 -- models are loaded only now

        fields.register()
        book.register(verbs.SENTENCES)
