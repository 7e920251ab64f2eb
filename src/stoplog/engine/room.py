"""Room for events: asked for before anything is changed."""

from __future__ import annotations

from typing import Any

from stoplog.engine.compiling import compiled
from stoplog.engine.tables import EVENT_WORDS
from stoplog.engine.views import EVENT_ROWS, NEEDED, STATUS

NEED_EVENTS = 1
"""Status: the event buffer must hold `control[NEEDED]` rows; nothing was changed."""

NEED_NODES = 7
"""Status: the heaps need more nodes; nothing was changed."""

EVENTS_PER_COMPARTMENT = 8
EVENTS_PER_COMMAND = 16


@compiled
def lacks_event_room(t: Any, compartments: int) -> bool:
    """Whether the event buffer is too small for what this many compartments may cause; says what is needed."""
    return lacks_room_for(t, compartments, 0)


@compiled
def lacks_room_for(t: Any, compartments: int, others: int) -> bool:
    """Likewise, with room for `others` events besides, such as orders that are cancelled."""
    needed = t.control[EVENT_ROWS] + EVENTS_PER_COMMAND + EVENTS_PER_COMPARTMENT * compartments + others
    if needed * EVENT_WORDS <= len(t.events):
        return False
    t.control[STATUS] = NEED_EVENTS
    t.control[NEEDED] = needed
    return True
