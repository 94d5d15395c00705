"""What pages ask for by requests; all in JSON, errors as {"detail": one sentence}."""
import asyncio
from dataclasses import asdict
from functools import lru_cache
from io import BytesIO
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

import segno
from fastapi import FastAPI, Path, Query, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from ..block import text_of
from ..room.diary import read as read_diary
from ..room.takes.listing import find_takes
from ..room.takes.peaks import peaks
from ..settings import PLACES
from ..songs.shelf import find_song, list_songs, read_song
from .door import Door
from .hub import Hub
from .network import Network, NoNetwork
from .song_upload import BadSong, keep
from .song_view import song_view
from .texts import languages, texts
from .who import INVITATION_S, ROLES, Role

NOT_ALLOWED = "This is for the person who leads."
Seat = Annotated[int, Path(ge=0, lt=PLACES)]
Points = Annotated[int, Query(ge=10, le=4000)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class JoinCode(_Body):
    """What stands on the wall; empty on the facilitator's own computer."""

    code: Annotated[str, Field(max_length=32)] = ""


class Opened(_Body):
    """Whether other devices may come, and whether by this computer's certificate."""

    open: bool
    tls: bool = False


class Invited(_Body):
    """Which page somebody may open."""

    role: Literal["wall", "facilitator"]


def qr(text: str) -> str:
    """SVG of a QR code, black on white."""
    picture = BytesIO()
    segno.make(text, micro=False, error="m").save(picture, kind="svg", border=4, light="#fff", omitsize=True, xmldecl=False)
    return picture.getvalue().decode()


@lru_cache(maxsize=2)
def _song_view(name: str, semitones: int, version: int, second_language: str, again: bool) -> dict[str, Any]:
    return song_view(read_song(find_song(name)).transposed(semitones), version, second_language, again)


def add_api(app: FastAPI, hub: Hub, door: Door, network: Network) -> None:
    """Add the requests to an application."""

    def allow(request: Request, *roles: Role) -> None:
        if not door.who(request, roles):
            raise HTTPException(403, NOT_ALLOWED)

    # --- coming in --------------------------------------------------------------------------------------------------
    @app.post("/api/join")
    def join(request: Request, body: JoinCode) -> Response:
        door.join(request, body.code)
        response = JSONResponse({"role": "player"})
        door.let_in(request, response, "player")
        return response

    @app.get("/api/me")
    def me(request: Request) -> dict[str, Any]:
        found = [role for role in ROLES if door.who(request, (role,))]
        return {"role": found[0] if found else None, "roles": found}

    @app.get("/api/texts/{language}")
    def all_texts(language: str) -> dict[str, str]:
        return texts(language if language in languages() else "en")

    @app.post("/api/network")
    async def open_network(request: Request, body: Opened) -> dict[str, Any]:
        allow(request, "facilitator")
        try:
            if body.open:
                network.open(body.tls)
            else:
                network.close()
        except NoNetwork as error:
            raise HTTPException(409, str(error)) from None
        hub.show()
        return network.view()

    @app.post("/api/invite")
    def invite(request: Request, body: Invited) -> dict[str, Any]:
        allow(request, "facilitator")
        code = door.invite(body.role)
        url = f"{network.base}/open?code={code}"
        return {"url": url, "code": code, "qr": qr(url), "seconds": int(INVITATION_S)}

    @app.get("/api/join-qr.svg", response_class=Response)
    def join_qr(request: Request) -> Response:
        allow(request, "facilitator", "wall")
        return Response(qr(network.join_url), media_type="image/svg+xml")

    # --- what there is ----------------------------------------------------------------------------------------------
    @app.get("/api/instruments")
    def instruments(request: Request) -> list[dict[str, Any]]:
        allow(request, "facilitator")
        return hub.parts.instruments(hub.language)

    @app.get("/api/styles")
    def styles(request: Request) -> list[dict[str, Any]]:
        allow(request, "facilitator")
        return hub.parts.styles(hub.language)

    @app.get("/api/tunings")
    def tunings(request: Request) -> list[dict[str, Any]]:
        allow(request, "facilitator")
        return hub.parts.tunings(hub.language)

    @app.get("/api/colours")
    def colours(request: Request) -> dict[str, Any]:
        allow(request, "facilitator", "wall")
        return hub.parts.colours(hub.language)

    @app.get("/api/part/{seat}")
    async def part(request: Request, seat: Seat) -> dict[str, Any]:
        allow(request, "facilitator", "wall")
        return hub.parts.of(await hub.known_room(), seat)

    @app.get("/api/songs")
    def songs(request: Request) -> list[dict[str, Any]]:
        allow(request, "facilitator")
        return [{"name": card.name, **{key: value for key, value in asdict(card).items() if key != "path"}}
                for card in list_songs()]

    @app.put("/api/songs/{file_name}")
    async def add_song(request: Request, file_name: str) -> dict[str, Any]:
        allow(request, "facilitator")
        try:
            return await keep(file_name, await request.body())
        except BadSong as error:
            raise HTTPException(422, str(error)) from None

    @app.get("/api/song")
    async def song(request: Request) -> dict[str, Any]:
        allow(request, "facilitator", "wall")
        room = await hub.known_room()
        if (found := room["song"]) is None:
            raise HTTPException(404, "There is no song.")
        try:
            return await asyncio.to_thread(_song_view, found["name"], found["semitones"], found["version"],
                                           room["second_language"], room["playing"]["again"])
        except ValueError as error:
            raise HTTPException(404, str(error)) from None

    # --- what was recorded ------------------------------------------------------------------------------------------
    def session_folder() -> FilePath:
        return FilePath(text_of(hub.engine.header["session"]))

    def mix_of(name: str) -> FilePath:
        take = next((take for take in find_takes(session_folder()) if take.name == name), None)
        if take is None or not (take.folder / "mix.wav").is_file():
            raise HTTPException(404, "There is no such take.")
        return take.folder / "mix.wav"

    @app.get("/api/takes/{name}/sound.wav", response_class=FileResponse)
    def take_sound(request: Request, name: str) -> FileResponse:
        allow(request, "facilitator")
        return FileResponse(mix_of(name), media_type="audio/wav")

    @app.get("/api/takes/{name}/peaks")
    def take_peaks(request: Request, name: str, points: Points = 800) -> dict[str, Any]:
        allow(request, "facilitator")
        try:
            seconds, found = peaks(mix_of(name), points)
        except ValueError as error:
            raise HTTPException(404, str(error)) from None
        return {"seconds": round(seconds, 3), "peaks": found.round(3).astype(float).tolist()}

    @app.get("/api/diary")
    def diary(request: Request) -> dict[str, Any]:
        allow(request, "facilitator")
        return read_diary(session_folder())
