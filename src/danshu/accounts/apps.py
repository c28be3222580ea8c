from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "danshu.accounts"
    label = "accounts"
