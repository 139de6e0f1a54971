"""Asks a signing service for leave to sign these very digests (CSC API 1.0.4, credentials/authorize)."""

from __future__ import annotations

import aiohttp
from pyhanko.sign.signers.csc_signer import (
    CSCAuthorizationInfo,
    CSCAuthorizationManager,
    CSCCredentialInfo,
    CSCServiceSessionInfo,
)


class Leave(CSCAuthorizationManager):
    """Names the PIN and the digests in each request, so that the leave is good for nothing else."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        service: CSCServiceSessionInfo,
        credential: CSCCredentialInfo,
        pin: str,
    ) -> None:
        super().__init__(service, credential)
        self._session, self._pin = session, pin

    async def authorize_signature(self, hash_b64s: list[str]) -> CSCAuthorizationInfo:
        """Return the service's leave; raises aiohttp.ClientError."""
        asked = self.format_csc_auth_request(hash_b64s=hash_b64s, pin=self._pin or None)
        async with self._session.post(
            self.csc_session_info.endpoint_url("credentials/authorize"),
            headers=self.auth_headers,
            json=asked,
            raise_for_status=True,
        ) as answer:
            return self.parse_csc_auth_response(await answer.json())
