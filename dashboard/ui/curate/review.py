"""What the Curate tab asks for about its queues: how fresh they are, and how they are ordered."""

from typing import Any

from core.curation import query_strategies
from dashboard.runtime.context import AppContext
from dashboard.services.queues import embedding_map, embeddings, refresh
from dashboard.ui.shared import cards


class ReviewServer:
    """Queues as the browser reads them."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx

    def functions(self) -> tuple[Any, ...]:
        """Return what a component may ask for."""
        return self.queue_state, self.queue_refresh, self.queue_settings, self.map_points

    def queue_state(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return when the queues were made, whether they are being made, and how."""
        del payload
        made, work = refresh.made(self.ctx.workspace), self.ctx.queues.state()
        seen_by = embeddings.eye_at_hand(self.ctx.workspace)
        progress = work.progress
        return {
            "made": None if made.at is None else made.at.isoformat(),
            "current": made.current,
            "working": work.working,
            "problem": work.problem,
            "progress": None
            if progress is None
            else {"stage": progress.stage, "done": progress.done, "total": progress.total},
            "strategy": made.strategy,
            "strategies": list(query_strategies.STRATEGIES),
            "backbone": seen_by.backbone,
            "weights": embeddings.weights_name(seen_by),
        }

    def queue_refresh(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Let the queues be made anew at once."""
        self.ctx.queues.ask()
        return self.queue_state(payload)

    def queue_settings(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Choose the query strategy, or the network that looks; the queues are then made anew."""
        strategy = str(payload.get("strategy") or "")
        backbone, init = str(payload.get("backbone") or ""), str(payload.get("init") or "")
        if strategy:
            refresh.choose_strategy(self.ctx.workspace, strategy)
        if backbone or init:
            embeddings.choose(self.ctx.workspace, backbone.strip(), init.strip())
        return self.queue_refresh(payload)

    def map_points(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return every sample's place on the map of pictures, and what colours it."""
        del payload
        places = embedding_map.points(self.ctx.workspace)
        return {
            "missing": "" if places else self._missing(),
            "points": [
                {
                    "id": row.sample,
                    "file": row.file,
                    "x": x,
                    "y": y,
                    "label": row.label,
                    "predicted": row.predicted,
                    "status": row.status.value,
                    "suspected": row.suspected,
                }
                for row, x, y in places
            ],
            "classes": cards.classes(self.ctx.classes()),
        }

    def _missing(self) -> str:
        """Return why there is no map."""
        if not self.ctx.overview.read().totals.samples:
            return "There are no photographs yet. Import some: the map is drawn with the queues."
        return "The map is drawn with the queues. It appears here as soon as they are made."
