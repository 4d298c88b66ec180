"""Small routes beside Gradio: health, photographs, style sheets and browser modules."""

import functools
import mimetypes
import re
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi import Path as PathParameter
from gradio.route_utils import BUILD_PATH_LIB

from core.errors import AppError
from core.types import ImageId
from dashboard.runtime.assets import TYPES
from dashboard.runtime.context import AppContext
from dashboard.services.browsing import browsing
from dashboard.ui.shared import query_codec
from dashboard.ui.shared.plotly_chart import script
from dashboard.ui.shared.sample_grid import grid_page

IMAGE_ID = re.compile(r"[0-9a-f]{16}")
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
NEVER = {"Cache-Control": "no-store"}
MEDIA_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}


def add(app: FastAPI, ctx: AppContext) -> None:
    """Add the routes; photographs never change under their id, so browsers keep them."""

    @app.get("/healthz")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    # Neither waits for anything, so neither needs a thread.
    @app.get("/ui/{version}/{name:path}")
    async def asset(version: str, name: str) -> Response:
        if name not in ctx.assets.files or version != ctx.assets.version:
            raise HTTPException(404)
        kind = TYPES[Path(name).suffix]
        return Response(ctx.assets.files[name], media_type=kind, headers=FOREVER)

    # Before Gradio's own route, which reads and compresses each of a hundred files at each visit.
    @app.get("/assets/{name}")
    async def gradio_file(name: str) -> Response:
        data = _gradio_file(name)
        if data is None:
            raise HTTPException(404)
        return Response(data, media_type=mimetypes.guess_type(name)[0], headers=FOREVER)

    @app.get(grid_page.FIRST)
    def first_page(request: Request) -> Response:
        page = grid_page.read(ctx, query_codec.from_params(request.query_params), 0)
        return Response(page.model_dump_json(), media_type="application/json", headers=NEVER)

    _add_images(app, ctx)
    plotly = script.PlotlyScript()

    @app.get(script.PATH)
    def plotly_script(request: Request) -> Response:
        headers = {**FOREVER, "Vary": "Accept-Encoding"}
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(plotly.plain, media_type=TYPES[".js"], headers=headers)
        headers["Content-Encoding"] = "gzip"
        return Response(plotly.compressed, media_type=TYPES[".js"], headers=headers)


def _add_images(app: FastAPI, ctx: AppContext) -> None:
    @app.get("/thumb/{name}")
    def thumb(name: str) -> Response:
        return _photograph(browsing.thumb_file(ctx.workspace, _image_id(name, ".webp")))

    @app.get("/media/{name}")
    def media(name: str) -> Response:
        return _photograph(browsing.media_file(ctx.workspace, _image_id(name, "")))

    @app.get("/heat/{number}.webp")
    def heat(number: Annotated[int, PathParameter(ge=0, lt=10**12)]) -> Response:
        try:
            overlay = ctx.predictor.heat_map(number)
        except AppError:
            raise HTTPException(404, headers=NEVER) from None
        return Response(overlay, media_type="image/webp", headers=FOREVER)


@functools.lru_cache(maxsize=512)
def _gradio_file(name: str) -> bytes | None:
    path = Path(BUILD_PATH_LIB) / name
    return path.read_bytes() if path.name == name and path.is_file() else None


def _image_id(name: str, suffix: str) -> ImageId:
    text = name.removesuffix(suffix)
    if not name.endswith(suffix) or not IMAGE_ID.fullmatch(text):
        raise HTTPException(404)
    return ImageId(text)


def _photograph(path: Path | None) -> Response:
    kind = None if path is None else MEDIA_TYPES.get(path.suffix.lower())
    if path is None or kind is None or not path.is_file():
        raise HTTPException(404, headers=NEVER)
    # Small files: as a `FileResponse`, each would wait for a thread three times.
    return Response(path.read_bytes(), media_type=kind, headers=FOREVER)
