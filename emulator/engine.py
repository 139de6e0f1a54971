"""The verbs of the portal, with all their consequences; what pages and REST both call.

For pages: a blueprint gets the engine as `current_app.extensions["engine"]` (its state is
`engine.state`). Package `emulator.pages` offers `register(app: Flask, engine: Engine) -> None`.
The person using the pages is the cookie-free choice of the page; every verb takes a user id.

    start_install(client_id, user_id)      absent -> started; open the installer frame next
    finish_install(client_id)              the frame's setInstallFinish: events and widgets go live
    uninstall_app(client_id, user_id, clean=...)
    open_placement(user_id, code, options) -> Frame for the iframe POST
    refresh_auth(app_sid)                  the frame's refreshAuth
    move_deal(deal_id, stage_id, by_user)  runs the stage's rules
    create_document_from_template(deal_id, template_id, by_user)
    add_rule(stage_id, robot_code, properties) / remove_rule(rule_id)
    add_trigger_rule(stage_id, code)
"""

from __future__ import annotations

from emulator.state import State


class Engine:
    """One portal's verbs over its state."""

    def __init__(self, state: State) -> None:
        self.state = state
