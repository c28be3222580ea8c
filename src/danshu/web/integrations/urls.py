"""URLs of tokens and webhooks."""

from django.urls import path

from danshu.web.integrations import tokens, webhooks

urlpatterns = [
    path("settings/api/", tokens.listed, name="api-tokens"),
    path("settings/api/new/", tokens.new, name="api-token-new"),
    path("settings/api/<int:token_id>/revoke/", tokens.revoke, name="api-token-revoke"),
    path("settings/webhooks/", webhooks.listed, name="webhooks"),
    path("settings/webhooks/new/", webhooks.new, name="webhook-new"),
    path("settings/webhooks/<int:webhook_id>/", webhooks.one, name="webhook"),
    path("settings/webhooks/<int:webhook_id>/edit/", webhooks.edit, name="webhook-edit"),
    path("settings/webhooks/<int:webhook_id>/test/", webhooks.test, name="webhook-test"),
    path("settings/webhooks/<int:webhook_id>/replay/", webhooks.replay, name="webhook-replay"),
    path("settings/webhooks/<int:webhook_id>/switch/", webhooks.switch, name="webhook-switch"),
    path("settings/webhooks/<int:webhook_id>/secret/", webhooks.secret, name="webhook-secret"),
    path("settings/webhooks/<int:webhook_id>/remove/", webhooks.remove, name="webhook-remove"),
]
