from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "danshu.web"
    label = "web"
