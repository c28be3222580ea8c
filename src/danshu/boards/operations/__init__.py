"""The stories of the boards room."""

from danshu.boards.operations.save_views import ViewDraft, create_views, delete_views, update_views

__all__ = ["ViewDraft", "create_views", "delete_views", "update_views"]
