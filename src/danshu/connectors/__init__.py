"""Adapters to platforms, loaded by name; they import only the contract and the kernel."""
