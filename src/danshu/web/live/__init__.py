"""Staff pages: live."""
