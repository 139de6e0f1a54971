"""The verbs of the portal, with all their consequences; what pages and REST both call.

For pages: a blueprint gets the engine as `current_app.extensions["engine"]` (its state is
`engine.state`). Package `emulator.pages` offers `register(app: Flask, engine: Engine) -> None`.
Who acts is always a user id given by the page; 0 stands for automation.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from emulator import automation, cards, docgen, frames, lifecycle
from emulator.convert import Converter, by_libreoffice
from emulator.faults import Faults
from emulator.frames import Frame
from emulator.outbox import Outbox, report
from emulator.state import (
    DEAL,
    AutomationRule,
    Deal,
    Document,
    FrameSession,
    Installation,
    State,
    TimelineEntry,
    TriggerRule,
)


class Engine:
    """One portal's verbs over its state."""

    def __init__(
        self,
        state: State,
        *,
        docgen_delay_s: float = 1.0,
        queue_delay_s: float = 0.2,
        converter: Converter = by_libreoffice,
    ) -> None:
        self.state = state
        self.faults = Faults()
        self.docgen_delay_s = docgen_delay_s
        self.converter = converter
        self.stopped = threading.Event()
        self.outbox = Outbox(state, self.faults, delay_s=queue_delay_s)
        self.workers = ThreadPoolExecutor(2, thread_name_prefix="docgen")

    def background(self, work: Callable[[], None]) -> None:
        """Run work on another thread; a fault in it is printed, never swallowed."""
        self.workers.submit(work).add_done_callback(report)

    def close(self) -> None:
        self.stopped.set()
        self.outbox.close()
        self.workers.shutdown(wait=False, cancel_futures=True)

    # -- applications --------------------------------------------------------------------------

    def start_install(self, client_id: str, user_id: int) -> Installation:
        """Return the installation, absent -> started. Then open_placement(user, "DEFAULT").

        Raises lifecycle.NotAllowed (not an administrator), KeyError (unknown app).
        """
        return lifecycle.start_install(self, client_id, user_id)

    def finish_install(self, client_id: str, user_id: int = 0) -> None:
        """What setInstallFinish does: widgets and events go live, ONAPPINSTALL is queued."""
        lifecycle.finish_install(self, client_id, user_id)

    def update_app(self, client_id: str, version: int, user_id: int) -> None:
        """Move the app to another version: handlers go, robots are blocked, ONAPPUPDATE."""
        lifecycle.update_app(self, client_id, version, user_id)

    def uninstall_app(self, client_id: str, user_id: int, *, clean: bool = False) -> None:
        """Remove the app; clean: "delete settings and data" was ticked."""
        lifecycle.uninstall_app(self, client_id, user_id, clean=clean)

    # -- frames --------------------------------------------------------------------------------

    def open_placement(
        self,
        user_id: int,
        code: str,
        options: dict[str, Any] | None = None,
        *,
        handler: str = "",
        client_id: str = "",
    ) -> Frame:
        """Return the iframe to render: POST `.fields` to `.url`, named `.window_name`.

        code "DEFAULT": main page, or installer while not finished. handler: one exact binding.
        Raises frames.NotInstalled, LookupError (nothing bound there for this person).
        """
        return frames.open_placement(
            self, user_id, code, options, handler=handler, client_id=client_id
        )

    def open_robot_settings(
        self, user_id: int, robot_code: str, options: dict[str, Any] | None = None
    ) -> Frame:
        """Return the frame of a rule's settings page; options as in contract 5.2."""
        return frames.open_robot_settings(self, user_id, robot_code, options or {})

    @property
    def frames(self) -> dict[str, FrameSession]:
        """Open frames by app_sid."""
        return self.state.frames

    def frame_init(self, app_sid: str) -> dict[str, Any]:
        """Return the answer to getInitData."""
        return frames.init_data(self, app_sid)

    def refresh_auth(self, app_sid: str) -> dict[str, Any]:
        """Return fresh AUTH_ID, REFRESH_ID, AUTH_EXPIRES for a frame."""
        return frames.refresh_auth(self, app_sid)

    def set_app_option(self, app_sid: str, name: str, value: Any) -> Any:
        """Keep an option of the app (administrators only) and return all of them."""
        return frames.set_option(self, app_sid, name, value, for_user=False)

    def set_user_option(self, app_sid: str, name: str, value: Any) -> Any:
        """Keep an option of this person in the app and return all of them."""
        return frames.set_option(self, app_sid, name, value, for_user=True)

    # -- CRM -----------------------------------------------------------------------------------

    def move_deal(self, deal_id: int, stage_id: str, by_user: int) -> Deal:
        """Move a deal and run the stage's rules."""
        return automation.move_deal(self, deal_id, stage_id, by_user)

    def create_document_from_template(
        self, deal_id: int, template_id: int, by_user: int
    ) -> Document:
        """Return a new document of a deal; its timeline record appears now, its PDF later."""
        template = self.state.templates[template_id]
        return docgen.create(self, template, DEAL, deal_id, by_user=by_user)

    def delete_deal(self, deal_id: int, user_id: int) -> None:
        """Remove a deal with its timeline; ONCRMDEALDELETE is queued."""
        cards.delete_deal(self, deal_id, user_id)

    def add_comment(self, deal_id: int, text: str, user_id: int) -> TimelineEntry:
        """Return a new comment of a person on a deal."""
        return cards.add_comment(self, DEAL, deal_id, text, user_id)

    def delete_entry(self, entry_id: int, user_id: int) -> None:
        """Remove a line of a timeline."""
        cards.delete_entry(self, entry_id, user_id)

    def timeline_action(self, activity_id: int, user_id: int, action: dict[str, Any]) -> None:
        """Send a restEvent of a configurable activity to its app."""
        cards.timeline_action(self, activity_id, user_id, action)

    # -- automation ----------------------------------------------------------------------------

    def add_rule(
        self,
        stage_id: str,
        robot_code: str,
        properties: dict[str, Any] | None = None,
        *,
        name: str = "",
    ) -> AutomationRule:
        """Place a robot on a stage. Raises LookupError."""
        return automation.add_rule(self, stage_id, robot_code, properties, name)

    def update_rule(self, rule_id: int, properties: dict[str, Any]) -> AutomationRule:
        """Replace a rule's values and return it."""
        with self.state.lock:
            rule = self.state.rules[rule_id]
            rule.properties = dict(properties)
            self.state.touch()
            return rule

    def remove_rule(self, rule_id: int) -> None:
        """Take a rule off its stage."""
        with self.state.lock:
            self.state.rules.pop(rule_id, None)
            self.state.touch()

    def add_trigger_rule(self, stage_id: str, code: str) -> TriggerRule:
        """Place a trigger on a stage. Raises LookupError."""
        return automation.add_trigger_rule(self, stage_id, code)

    def remove_trigger_rule(self, rule_id: int) -> None:
        """Take a trigger off its stage."""
        with self.state.lock:
            self.state.trigger_rules.pop(rule_id, None)
            self.state.touch()
