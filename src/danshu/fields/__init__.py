"""Field definitions and the criteria language: one and/or tree over registered fields, compiled to one Django `Q`."""
