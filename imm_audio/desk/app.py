"""The desk's application: pages, WebSockets, and the way in."""
from dataclasses import replace
from html import escape
from importlib.resources import as_file, files
from pathlib import Path

from fastapi import FastAPI, Request, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from .api import add_api
from .door import Door
from .guard import App, Guard
from .hub import Hub
from .network import Network
from .outbox import packed
from .who import Role

OLD_LINK = "This page is from another session. Scan the code on the wall, or ask the person who leads."
PAGES = ("desk", "wall", "play", "join", "part")
#: Roles that a WebSocket takes, the first that the page has.
ROLES: dict[str, tuple[Role, ...]] = {"desk": ("facilitator",), "play": ("player",), "wall": ("wall", "facilitator")}


def static_folder() -> Path:
    """Where pages and their scripts lie."""
    with as_file(files("imm_audio.desk")) as here:
        return here / "static"


def _sentence(text: str, language: str, status: int) -> Response:
    """A page that says one thing, to somebody who followed an old link."""
    return HTMLResponse(f"""<!doctype html>
<html lang="{escape(language)}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>imm_audio</title>
<link rel="stylesheet" href="/static/base.css">
<main><h1>imm_audio</h1><p>{escape(text)}</p></main>
</html>
""", status)


def make_app(hub: Hub, door: Door, network: Network) -> App:
    """Everything the servers answer, guarded."""
    app = FastAPI(title="imm_audio desk", docs_url=None, redoc_url=None, openapi_url=None)
    folder = static_folder()
    app.mount("/static", StaticFiles(directory=folder), name="static")

    async def in_words(request: Request, error: Exception) -> Response:
        sentence = "That was not understood."
        status = 422
        if isinstance(error, HTTPException):
            status, sentence = error.status_code, str(error.detail)
        return JSONResponse({"detail": hub.in_words(sentence)}, status)

    app.add_exception_handler(RequestValidationError, in_words)
    app.add_exception_handler(HTTPException, in_words)

    def page(name: str) -> FileResponse:
        return FileResponse(folder / f"{name}.html")

    @app.get("/", include_in_schema=False)
    def start(request: Request) -> Response:
        return RedirectResponse("/desk" if door.who(request, ("facilitator",)) else "/join", 303)

    @app.get("/open", include_in_schema=False)
    def open_by_code(request: Request, code: str = "") -> Response:
        if door.who(request, ("facilitator",)) and not door.is_invitation(code):
            return RedirectResponse("/desk", 303)  # an old link on a computer that leads anyway
        try:
            role = door.open(request, code)
        except HTTPException as error:
            return _sentence(hub.in_words(str(error.detail)), hub.language, error.status_code)
        response = RedirectResponse("/wall" if role == "wall" else "/desk", 303)
        door.let_in(request, response, role)
        return response

    for name in PAGES:
        app.add_api_route(f"/{name}", lambda name=name: page(name), methods=["GET"], include_in_schema=False,
                          response_class=FileResponse)

    async def connect(websocket: WebSocket, roles: tuple[Role, ...]) -> None:
        who = door.who(websocket, roles)
        await websocket.accept()
        if who is None:
            await websocket.send_text(packed({"t": "bye", "say": hub.in_words(OLD_LINK), "again": False, "old": True}))
            await websocket.close()
        else:
            await hub.serve(websocket, replace(who, role=roles[0]))  # a desk's own computer may show the wall

    @app.websocket("/ws/desk")
    async def desk(websocket: WebSocket) -> None:
        await connect(websocket, ROLES["desk"])

    @app.websocket("/ws/play")
    async def play(websocket: WebSocket) -> None:
        await connect(websocket, ROLES["play"])

    @app.websocket("/ws/wall")
    async def wall(websocket: WebSocket) -> None:
        await connect(websocket, ROLES["wall"])

    add_api(app, hub, door, network)
    return Guard(app, hub.now)
