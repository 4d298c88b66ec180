"""Layouts: what is in a folder, a zip or a table -> `ImportPlan`."""

from core.importing.planning import Opened, opened, plan

__all__ = ["Opened", "opened", "plan"]
