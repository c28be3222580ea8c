"""Staff pages: tokens of the REST door and webhooks."""
