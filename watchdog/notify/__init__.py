"""Telling people: one module a channel, one row each in CHANNELS."""
