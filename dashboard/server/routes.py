"""Small routes beside Gradio: health, photographs, style sheets and browser modules."""

import asyncio
import functools
import gzip
import mimetypes
import re
import time
from pathlib import Path
from typing import Annotated, Protocol

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi import Path as PathParameter
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse
from gradio.route_utils import BUILD_PATH_LIB

from core.errors import AppError
from core.types import ImageId
from dashboard.runtime.assets import TYPES
from dashboard.runtime.context import AppContext
from dashboard.server import security
from dashboard.services.browsing import browsing
from dashboard.services.processes.presence import Presence
from dashboard.ui.shared import clock, query_codec
from dashboard.ui.shared.plotly_chart import script
from dashboard.ui.shared.sample_grid import grid_page

IMAGE_ID = re.compile(r"[0-9a-f]{16}")
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
NEVER = {"Cache-Control": "no-store"}
_STAMP_SECONDS = 0.5
MEDIA_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}


def add(app: FastAPI, ctx: AppContext) -> None:
    """Add the routes; photographs never change under their id, so browsers keep them."""

    # Without a thread: it answers also when all of them are busy.
    @app.get("/healthz")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    add_stamp(app, ctx.stamps)

    # Out of memory, so without a thread.
    @app.get("/ui/{version}/{name:path}")
    async def asset(version: str, name: str) -> Response:
        if name not in ctx.assets.files or version != ctx.assets.version:
            raise HTTPException(404)
        kind = TYPES[Path(name).suffix]
        return Response(ctx.assets.files[name], media_type=kind, headers=FOREVER)

    # Before Gradio's own route, which reads and compresses each of a hundred files at each visit.
    # On this machine compressing takes longer than sending.
    @app.get("/assets/{name}")
    async def gradio_file(name: str, request: Request) -> Response:
        packed = "gzip" in request.headers.get("accept-encoding", "") and not _is_here(request)
        data = _gradio_file(name, packed)
        if data is None:
            raise HTTPException(404)
        headers = FOREVER | ({"Content-Encoding": "gzip"} if packed else {})
        return Response(data, media_type=mimetypes.guess_type(name)[0], headers=headers)

    presence = Presence(ctx.workspace)

    @app.get(grid_page.FIRST)
    def first_page(request: Request) -> Response:
        presence.note()
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


class Stamped(Protocol):
    """What can be asked for one stamp of everything."""

    def whole(self) -> str:
        """Return it."""


def add_stamp(app: FastAPI, stamps: Stamped) -> None:
    """Add what each open page asks every second; it is read twice a second, for all of them."""
    kept, read_at = "", -_STAMP_SECONDS

    @app.get(clock.PATH)
    async def stamp() -> Response:
        nonlocal kept, read_at
        now = time.monotonic()
        if now - read_at >= _STAMP_SECONDS:
            # Noted before it is read: meanwhile the others get the one before.
            read_at = now
            kept = await run_in_threadpool(stamps.whole)
        return Response(kept, media_type="text/plain", headers=NEVER)


def _add_images(app: FastAPI, ctx: AppContext) -> None:
    @app.get("/thumb/{name}")
    def thumb(name: str) -> Response:
        path = _there(browsing.thumb_file(ctx.workspace, _image_id(name, ".webp")))
        # A few kilobytes: as a `FileResponse` they would wait for a thread three times.
        return Response(path.read_bytes(), media_type="image/webp", headers=FOREVER)

    @app.get("/media/{name}")
    def media(name: str) -> FileResponse:
        path = _there(browsing.media_file(ctx.workspace, _image_id(name, "")))
        return FileResponse(path, media_type=MEDIA_TYPES[path.suffix.lower()], headers=FOREVER)

    one_by_one = asyncio.Semaphore(1)

    # Those who wait for the network leave the threads to everybody else.
    @app.get("/heat/{number}.webp")
    async def heat(number: Annotated[int, PathParameter(ge=0, lt=10**12)]) -> Response:
        try:
            async with one_by_one:
                overlay = await run_in_threadpool(ctx.predictor.heat_map, number)
        except AppError:
            raise HTTPException(404, headers=NEVER) from None
        return Response(overlay, media_type="image/webp", headers=FOREVER)


@functools.lru_cache(maxsize=512)
def _gradio_file(name: str, packed: bool) -> bytes | None:
    path = Path(BUILD_PATH_LIB) / name
    try:
        data = path.read_bytes() if path.name == name else None
    except OSError:  # no such file, or no name that a file can have
        return None
    return gzip.compress(data, mtime=0) if packed and data is not None else data


def _is_here(request: Request) -> bool:
    return request.client is not None and request.client.host in security.LOOPBACK


def _image_id(name: str, suffix: str) -> ImageId:
    text = name.removesuffix(suffix)
    if not name.endswith(suffix) or not IMAGE_ID.fullmatch(text):
        raise HTTPException(404)
    return ImageId(text)


def _there(path: Path | None) -> Path:
    if path is None or path.suffix.lower() not in MEDIA_TYPES or not path.is_file():
        raise HTTPException(404, headers=NEVER)
    return path
