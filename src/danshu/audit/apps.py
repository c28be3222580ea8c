from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "danshu.audit"
    label = "audit"
