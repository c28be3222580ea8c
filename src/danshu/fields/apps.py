from django.apps import AppConfig


class FieldsConfig(AppConfig):
    name = "danshu.fields"
    label = "fields"
