"""Settings: frozen, read once from the environment (PARAPH_*), all faults reported together.

Sole reader of the environment. Secrets that nobody set are made once into the data folder (0600) by
`app.services`, so that a restart or an update never changes them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import Field, HttpUrl, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
Port = Annotated[int, Field(ge=1, le=65535)]


class BadSettings(SystemExit):
    """The environment is wrong; the message lists every fault at once."""


class Settings(BaseSettings):
    """All that an operator may decide. Names in the environment: PARAPH_ + upper case."""

    model_config = SettingsConfigDict(env_prefix="PARAPH_", frozen=True, extra="ignore")

    data: Path = ROOT / "var" / "data"
    """Folder for the database, files, keys and secrets."""
    database_url: str = ""
    """Empty: SQLite in the data folder. Else a postgresql:// address."""
    base_url: str = "http://localhost:8610"
    """How browsers and Bitrix24 reach us; https in production."""
    client_id: str = ""
    client_secret: str = ""
    oauth_url: str = "https://oauth.bitrix24.tech"
    """The authorization server; never taken from a request."""
    local_portals: bool = False
    """Allow portals over plain http on a loopback address: for the demo and tests only."""
    organisation: str = "Paraph"
    """Name in the self-issued sealing certificate."""

    smtp_host: str = ""
    smtp_port: Port = 587
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_tls: str = "starttls"
    """starttls, tls or none."""
    mail_from: str = "signatures@example.com"
    crm_mail_from: str = ""
    """"Name <address>" of a mailbox of the portal: what contacts are sent without a signing link then leaves
    through the CRM and stands on its timeline; empty: all leaves by SMTP."""
    sms_url: str = ""
    """Address of the SMS gateway; empty: no SMS."""
    sms_key: str = ""
    sms_sender: str = "Paraph"
    sms_preset: Literal[
        "generic", "twilio", "plivo", "infobip", "sinch", "messagebird", "apprise"
    ] = "generic"
    """The service behind the gateway; its address is known, except for generic and infobip."""
    sms_account: str = ""
    """Account, auth id or service plan id, where the service has one."""
    sms_status_url: str = ""
    """Generic gateway: where a message's state is told, with {id}; empty: it cannot be asked."""
    sms_receipt_secret: str = ""
    """What a gateway must name when it brings delivery receipts to /receipts/sms; empty: that door is closed."""
    mail_receipt_secret: str = ""
    """What the mail system must name when it brings returned mail to /receipts/mail; empty: closed too."""
    time_zone: str = "Europe/Paris"
    """Whose day it is for people whose phone number does not tell."""

    tsa_urls: str = ""
    """Time-stamp authorities, separated by spaces, tried in turn."""
    trust_folder: Path | None = None
    """Root certificates (*.pem) of time-stamp authorities; empty: DATA/trust."""
    seal_level: Literal["auto", "B-T", "B-LT"] = "auto"
    """auto: with validation data (B-LT) where the authorities give it; B-LT: wait until they do; B-T: none."""
    seal_key: Literal["file", "pkcs11", "csc"] = "file"
    """Where the installation's sealing key is: in DATA/keys, in a token (PKCS#11), at a signing service (CSC)."""
    seal_chain: Path | None = None
    """PEM file with the certificates above the key, as far as token or service do not hold them."""
    pkcs11_module: str = ""
    """The driver of the token, such as /usr/lib/softhsm/libsofthsm2.so."""
    pkcs11_token: str = ""
    """Label of the token."""
    pkcs11_key: str = ""
    """Label of key and certificate in it."""
    pkcs11_pin: str = ""
    csc_url: str = ""
    """Address of the signing service, as far as /csc/v1 is not part of it."""
    csc_credential: str = ""
    """The credential's id there."""
    csc_token: str = ""
    """OAuth token for the service."""
    csc_pin: str = ""
    """PIN of the credential, where it has one."""
    soffice: str = ""
    """Path of LibreOffice when it is not found by itself."""

    proxies: int = Field(default=0, ge=0, le=5)
    """How many trusted proxies stand before us (client addresses)."""
    link_days: int = Field(default=30, ge=1, le=365)
    poll_s: float = Field(default=0.2, ge=0.02, le=10)
    """How often the worker looks for work."""
    kill_after: str = ""
    """Fault tests: the worker kills itself right after the step of this name ("name" or "name:n")."""
    log_level: str = "INFO"
    s3_bucket: str = ""
    """Bucket of an S3-compatible store for files, which several hosts then share; empty: the data folder."""
    s3_endpoint: str = ""
    """Address of the store; empty: Amazon's."""
    s3_region: str = "us-east-1"
    s3_key_id: str = ""
    """Empty, with s3_secret: what the host itself was given (role, profile)."""
    s3_secret: str = ""
    s3_prefix: str = ""
    """Folder inside the bucket."""
    operator_token: str = ""
    """What a monitoring system names to read /metrics ("Authorization: Bearer ..."); empty: closed."""
    min_free_mb: int = Field(default=500, ge=0)
    """Below so much free disk, new uploads are refused; what was begun still gets its seal."""

    @field_validator("base_url", "oauth_url")
    @classmethod
    def _no_slash(cls, value: str) -> str:
        HttpUrl(value)
        return value.rstrip("/")

    @field_validator("smtp_tls")
    @classmethod
    def _known_tls(cls, value: str) -> str:
        if value not in ("starttls", "tls", "none"):
            raise ValueError("must be starttls, tls or none")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("must be a zone of the IANA list, such as Europe/Paris")
        return value

    @model_validator(mode="after")
    def _whole_gateway(self) -> Settings:
        if self.sms_preset in ("twilio", "plivo", "sinch") and not self.sms_account:
            raise ValueError(f"PARAPH_SMS_ACCOUNT is needed with {self.sms_preset}")
        if self.sms_preset == "infobip" and not self.sms_url:
            raise ValueError("PARAPH_SMS_URL is needed with infobip: your own address there")
        return self

    @model_validator(mode="after")
    def _whole_key(self) -> Settings:
        needed = {
            "pkcs11": ("pkcs11_module", "pkcs11_token", "pkcs11_key"),
            "csc": ("csc_url", "csc_credential"),
        }.get(self.seal_key, ())
        missing = [f"PARAPH_{name.upper()}" for name in needed if not getattr(self, name)]
        if missing:
            raise ValueError(f"{', '.join(missing)}: needed with PARAPH_SEAL_KEY={self.seal_key}")
        return self

    @property
    def sends_sms(self) -> bool:
        """Whether a gateway is set up."""
        return bool(self.sms_url or self.sms_preset != "generic")

    @property
    def database(self) -> str:
        """The SQLAlchemy address of the one database."""
        if not self.database_url:
            return f"sqlite:///{self.data.resolve() / 'paraph.db'}"
        for plain in ("postgres://", "postgresql://"):
            if self.database_url.startswith(plain):
                return "postgresql+psycopg://" + self.database_url.removeprefix(plain)
        return self.database_url

    @property
    def tsa_trust(self) -> Path:
        """The folder of the time-stamp authorities' roots; never that of our own key: an authority also issues
        certificates to strangers too."""
        return self.trust_folder or self.data / "trust"

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach us over https."""
        return self.base_url.startswith("https://")


def read() -> Settings:
    """Return the settings of this process; raises BadSettings with a line for each fault."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"  PARAPH_{_name(fault['loc'])}: {fault['msg']}" for fault in error.errors()]
        raise BadSettings("Wrong settings:\n" + "\n".join(lines)) from None


def _name(location: tuple[int | str, ...]) -> str:
    return "_".join(str(part) for part in location).upper()
