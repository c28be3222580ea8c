from django.apps import AppConfig


class CliConfig(AppConfig):
    name = "danshu.cli"
    label = "cli"
