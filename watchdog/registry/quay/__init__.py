"""Quay's own API (quay/quay endpoints/api): what the distribution API does not tell or do."""
