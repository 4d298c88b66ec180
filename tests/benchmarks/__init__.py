"""Measured, never asserted: `python -m tests.benchmarks.NAME`; each says what it needs."""

from core.devices import openmp

# As in the product, and before torch is loaded.
openmp.wait_briefly()
