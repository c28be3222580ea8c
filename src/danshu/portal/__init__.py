"""Buyers' self-service."""
