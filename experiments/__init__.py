"""Measurements that are run by hand; see docs/regions.md, docs/daemon.md and docs/training.md."""
