from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "danshu.insights"
    label = "insights"
