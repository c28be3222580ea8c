"""People's own views."""

from django.db import models

from danshu.accounts.models import User


class SavedView(models.Model):
    owner = models.ForeignKey(User, null=True, on_delete=models.CASCADE)  # null = the whole team
    name = models.CharField(max_length=40)
    slug = models.CharField(max_length=40, unique=True)
    criteria = models.JSONField()
    ordering = models.CharField(max_length=20, default="-id")
    position = models.PositiveSmallIntegerField(default=100)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
