"""Users, invites, tokens of the REST door and the answers it gave."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from danshu.accounts.permissions import ROLE_CODES, Role
from danshu.core.actor import Actor


class Users(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=(username or "").lower())


class User(AbstractBaseUser):
    username = models.CharField(_("登录名"), max_length=60, unique=True)
    name = models.CharField(_("姓名"), max_length=40)
    role = models.CharField(_("角色"), max_length=12, choices=Role.choices, default=Role.VIEWER)
    shop_ids = models.JSONField(default=list, help_text="ids of the shops this person may see; empty = all")
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=10, default="zh-hans")
    theme = models.CharField(max_length=6, default="auto")  # auto, light, dark
    density = models.CharField(max_length=8, default="dense")  # dense, cozy
    shortcuts = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]
    objects = Users()

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> Actor:
        return Actor(self.pk, self.name)

    def may(self, code: str) -> bool:
        """Whether the role holds the permission code. Inactive people hold none."""
        return self.is_active and code in ROLE_CODES[self.role]


class Invite(models.Model):
    """A link that makes one account. Only the hash of its token is kept; the first one, for the owner, is printed at the first start."""

    token_hash = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=12, choices=Role.choices)
    shop_ids = models.JSONField(default=list)
    note = models.CharField(max_length=80, default="")
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    used_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return self.note or self.get_role_display()


class Token(models.Model):
    """A key of the REST door, for a program or for a person. Only the hash of it is kept; `prefix` is its beginning, to know it by."""

    name = models.CharField(_("名称"), max_length=60)
    prefix = models.CharField(max_length=16)
    token_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list, help_text="codes of accounts/scopes.py")
    shop_ids = models.JSONField(default=list, help_text="ids of the shops it may see; empty = all")
    person = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="tokens")  # acts in their name, with their role
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)  # to the minute

    def __str__(self) -> str:
        return self.name


class KeptAnswer(models.Model):
    """What the REST door answered to a request with an idempotency key: asked again with the same words, it says the same again."""

    token = models.ForeignKey(Token, on_delete=models.CASCADE, db_index=False)
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)  # SHA-256 of method, address and body
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="accounts_answer_once")]
        indexes = [models.Index(fields=["created_at"], name="accounts_answer_age")]

    def __str__(self) -> str:
        return self.key
