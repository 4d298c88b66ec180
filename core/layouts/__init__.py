"""Layouts: what is in a folder, a zip or a table -> `ImportPlan`."""

from core.layouts.planning import Opened, opened, plan

__all__ = ["Opened", "opened", "plan"]
