"""What pages ask for by requests; all in JSON."""
from typing import Annotated, Any

from fastapi import FastAPI, Path, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from ..settings import PLACES
from .door import Door
from .hub import Hub
from .texts import languages, texts
from .who import ROLES, Role

NOT_ALLOWED = "This is for the person who leads."
Seat = Annotated[int, Path(ge=0, lt=PLACES)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class JoinCode(_Body):
    """What stands on the wall; empty on the facilitator's own computer."""

    code: Annotated[str, Field(max_length=32)] = ""


def add_api(app: FastAPI, hub: Hub, door: Door) -> None:
    """Add the requests to an application."""

    def allow(request: Request, *roles: Role) -> None:
        if not door.who(request, roles):
            raise HTTPException(403, NOT_ALLOWED)

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

    @app.get("/api/instruments")
    def instruments(request: Request) -> list[dict[str, Any]]:
        allow(request, "facilitator")
        return hub.parts.instruments(hub.language)

    @app.get("/api/styles")
    def styles(request: Request) -> list[dict[str, Any]]:
        allow(request, "facilitator")
        return hub.parts.styles(hub.language)

    @app.get("/api/colours")
    def colours(request: Request) -> dict[str, Any]:
        allow(request, "facilitator", "wall")
        return hub.parts.colours(hub.language)

    @app.get("/api/part/{seat}")
    async def part(request: Request, seat: Seat) -> dict[str, Any]:
        allow(request, "facilitator", "wall")
        return hub.parts.of(await hub.known_room(), seat)
