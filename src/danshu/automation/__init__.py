"""Rules that watch and act on the rooms below."""
