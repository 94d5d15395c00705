"""What can be measured of a page: axe-core, sizes of targets, names of controls, focus rings, what is cut off."""
import json
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

#: Smallest targets [CSS pixels]: anybody's, the facilitator's, players'.
LEAST_PX, DESK_PX, PLAYER_PX = 24, 48, 96
_AXE = Axe()
_RULES = {"target-size": {"enabled": True}}

_SCRIPT = (Path(__file__).parent / "looks.js").read_text("utf-8")


def _measure(page: Page, function: str, *values: float) -> Any:
    return page.evaluate(f"(values) => {{ {_SCRIPT}\nreturn {function}(...values); }}", list(values))


def axe(page: Page, **rules: bool) -> None:
    """No rule of axe-core is broken; `rules` switches rules on or off, with _ for -."""
    wanted = _RULES | {rule.replace("_", "-"): {"enabled": on} for rule, on in rules.items()}
    found = _AXE.run(page, options={"resultTypes": ["violations"], "rules": wanted}).response["violations"]
    told = [f"{broken['id']} ({broken['impact']}): {broken['help']}\n" + "\n".join(
        f"    {json.dumps(node['target'])}: {node['html'][:160]}\n      "
        + "; ".join(check["message"] for check in [*node["any"], *node["all"], *node["none"]])
        for node in broken["nodes"][:6]) for broken in found]
    assert not found, f"{page.url}\n" + "\n".join(told)


def small_targets(page: Page, least_px: float) -> list[str]:
    """Controls smaller than this, with their sizes."""
    return _measure(page, "smallTargets", least_px)


def sideways(page: Page) -> list[str]:
    """What makes the page scroll sideways or is cut off: controls and texts beyond its edges, texts wider than their boxes."""
    return _measure(page, "sideways")


def faint_texts(page: Page, least: float = 4.5, large: float = 3.0) -> list[str]:
    """Texts with less contrast than `least`:1; `large` for those of 24 px, or 18.66 px bold, and more."""
    return _measure(page, "faintTexts", least, large)


def faint_focus(page: Page) -> list[str]:
    """Controls whose focus is not shown by 2 px or more at 3:1 against what is around."""
    return _measure(page, "faintFocus")


def everything_read(page: Page) -> str:
    """All words a person sees."""
    return _measure(page, "everythingRead")


def control_names(page: Page) -> list[dict[str, Any]]:
    """Role, name and value of every control, as the browser tells screen readers."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    roles = {"button", "slider", "switch", "checkbox", "radio", "tab", "combobox", "textbox", "spinbutton", "option", "link",
             "toggleButton", "menuitem", "searchbox"}
    return [{"role": node["role"]["value"], "name": node.get("name", {}).get("value", "").strip(),
             "value": node.get("value", {}).get("value", ""),
             "properties": {p["name"]: p["value"].get("value") for p in node.get("properties", [])}}
            for node in nodes if not node.get("ignored") and node.get("role", {}).get("value") in roles]
