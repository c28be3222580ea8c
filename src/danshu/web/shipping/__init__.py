"""Staff pages: shipping."""
