"""Adapters to couriers, loaded by name; they import only the contract and the kernel."""
