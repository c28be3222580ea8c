"""Staff pages: setup."""
