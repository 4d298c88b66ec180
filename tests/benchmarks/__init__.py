"""Measured, never asserted: `python -m tests.benchmarks.NAME`; each says what it needs."""

from core import threads

# As in the product, and before torch is loaded.
threads.wait_briefly()
