"""Measurements that are run by hand; see docs/regions.md."""
