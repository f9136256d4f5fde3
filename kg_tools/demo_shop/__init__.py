"""The synthetic demo shop: a catalogue, shoppers with hidden tastes, and their interactions."""

from kg_tools.demo_shop.writing import write_demo_shop

__all__ = ["write_demo_shop"]
