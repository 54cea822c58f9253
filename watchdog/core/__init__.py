"""The rules of the product: pure values and functions. No network, clock, store or log."""
