"""Settings, URLs and entry points: the only room that knows all others."""
