"""Staff pages: settings."""
