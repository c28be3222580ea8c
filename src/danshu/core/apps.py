from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "danshu.core"
    label = "core"
