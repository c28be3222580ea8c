"""The stories of the channels room."""
