"""SMS services as data: the generic gateway, and presets for five well-known ones.

A preset is what a service's public documentation says: addresses, bodies, where an answer keeps the message's id
and state, and what its delivery receipts look like. A sixth service is one more entry. Read in 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from app.delivery.gateways import GatewayRequest, Reading

APPRISE = "apprise"
"""No preset: the address is one of the Apprise library, which knows a hundred services."""


def _basic(asked: GatewayRequest) -> GatewayRequest:
    """Return `asked` for a service that takes account and key, and cannot find a message by our reference."""
    return replace(asked, headers={}, basic=True, lookup={})


_TWILIO = Reading(words="error_code", failed=("failed", "undelivered", "canceled"))
_PLIVO = Reading(
    state="message_state", words="error_code", failed=("failed", "undelivered", "rejected")
)
# DELIVERED_TO_OPERATOR is not the handset yet.
_INFOBIP = Reading(
    id="results.0.messageId",
    state="results.0.status.name",
    words="results.0.status.description",
    delivered=("delivered_to_handset",),
    failed=("undeliverable", "expired", "rejected"),
)
_SINCH = Reading(
    id="batch_id",
    state="statuses.0.status",
    words="statuses.0.code",
    failed=("failed", "aborted", "cancelled", "expired", "rejected", "deleted"),
)
_BIRD = Reading(words="statusReason", failed=("delivery_failed", "expired"))

PRESETS: Mapping[str, GatewayRequest] = MappingProxyType(
    {
        "generic": GatewayRequest(),
        "twilio": _basic(
            GatewayRequest(
                base="https://api.twilio.com",
                send="{base}/2010-04-01/Accounts/{account}/Messages.json",
                body={
                    "To": "{to}",
                    "From": "{sender}",
                    "Body": "{text}",
                    "StatusCallback": "{callback}",
                },
                as_form=True,
                id_field="sid",
                status="{base}/2010-04-01/Accounts/{account}/Messages/{id}.json",
                answer=_TWILIO,
                receipt=replace(_TWILIO, id="MessageSid", state="MessageStatus", words="ErrorCode"),
            )
        ),
        "plivo": _basic(
            GatewayRequest(
                base="https://api.plivo.com",
                send="{base}/v1/Account/{account}/Message/",
                body={"src": "{sender}", "dst": "{digits}", "text": "{text}", "url": "{callback}"},
                id_field="message_uuid.0",
                status="{base}/v1/Account/{account}/Message/{id}/",
                answer=_PLIVO,
                receipt=replace(_PLIVO, id="MessageUUID", state="Status", words="ErrorCode"),
            )
        ),
        "infobip": GatewayRequest(
            send="{base}/sms/3/messages",
            body={
                "messages": [
                    {
                        "sender": "{sender}",
                        "destinations": [{"to": "{digits}", "messageId": "{ref}"}],
                        "content": {"text": "{text}"},
                        "webhooks": {"delivery": {"url": "{callback}"}},
                    }
                ]
            },
            headers={"Authorization": "App {key}"},
            id_field="messages.0.messageId",
            find="{base}/sms/3/logs",
            lookup={"messageId": "{ref}"},
            found_field="results.0.messageId",
            status="{base}/sms/3/logs",
            status_query={"messageId": "{id}"},
            answer=_INFOBIP,
            receipt=_INFOBIP,
        ),
        "sinch": GatewayRequest(
            base="https://eu.sms.api.sinch.com",
            send="{base}/xms/v1/{account}/batches",
            body={
                "from": "{sender}",
                "to": ["{to}"],
                "body": "{text}",
                "client_reference": "{ref}",
                "delivery_report": "per_recipient",
                "callback_url": "{callback}",
            },
            find="{base}/xms/v1/{account}/batches",
            lookup={"client_reference": "{ref}"},
            found_field="batches.0.id",
            status="{base}/xms/v1/{account}/batches/{id}/delivery_report",
            status_query={"type": "summary"},
            answer=_SINCH,
            receipt=replace(_SINCH, state="status", words="code"),
        ),
        "messagebird": GatewayRequest(
            base="https://rest.messagebird.com",
            send="{base}/messages",
            body={
                "originator": "{sender}",
                "recipients": ["{digits}"],
                "body": "{text}",
                "reference": "{ref}",
                "reportUrl": "{callback}",
            },
            headers={"Authorization": "AccessKey {key}"},
            lookup={},
            status="{base}/messages/{id}",
            answer=replace(
                _BIRD,
                state="recipients.items.0.status",
                words="recipients.items.0.statusReason",
            ),
            receipt=_BIRD,
        ),
    }
)
"""By the name that an operator sets as PARAPH_SMS_PRESET."""
