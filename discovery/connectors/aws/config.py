"""The settings of an AWS source: which accounts and regions, and by which reference to a credential."""

from __future__ import annotations

from marshmallow import ValidationError, fields, validate, validates_schema

from discovery.ports import Seconds, Secret, Settings

_REGION = validate.Regexp(r"^[a-z]{2,12}(-[a-z]{2,20}){1,3}-[0-9]{1,2}\Z", error="must be like eu-central-1")
_ROLE = validate.Regexp(r"^arn:[a-z-]+:iam::[0-9]{12}:role/.{1,512}\Z", error="must be the ARN of a role")
_PROFILE = validate.Regexp(r"^[A-Za-z0-9_.@+-]{1,100}\Z", error="must be the name of a profile")


def _described(words: str) -> dict[str, str]:
    return {"description": words}


class Credential(Settings):
    """How to come by a credential; with none of these the worker's own is used, such as that of its machine's role."""

    profile = fields.String(
        validate=_PROFILE, metadata=_described("a profile of the worker's AWS configuration, by its name")
    )
    access_key_id = Secret(metadata=_described("reference to the id of a static access key"))
    secret_access_key = Secret(metadata=_described("reference to the secret of that key"))
    session_token = Secret(metadata=_described("reference to its session token, where it has one"))

    @validates_schema
    def _one_way(self, data: dict[str, str], **_: object) -> None:
        if ("access_key_id" in data) != ("secret_access_key" in data):
            raise ValidationError("access_key_id and secret_access_key go together", "access_key_id")
        if "session_token" in data and "access_key_id" not in data:
            raise ValidationError("needs access_key_id and secret_access_key", "session_token")
        if "profile" in data and "access_key_id" in data:
            raise ValidationError("give a profile or a key, not both", "profile")


class Account(Credential):
    """One account; its own credential counts before the source's."""

    id = fields.String(
        required=True,
        validate=validate.Regexp(r"^[0-9]{12}\Z", error="must be the 12 digits of an account"),
        metadata=_described("its 12 digits; a credential of another account is refused"),
    )
    name = fields.String(validate=validate.Length(1, 100), metadata=_described("what people call the account"))
    role_arn = fields.String(
        validate=_ROLE, metadata=_described("the role that the credential takes on in this account")
    )
    external_id = fields.String(
        validate=validate.Length(2, 1224), metadata=_described("the external id that the role's trust asks for")
    )

    @validates_schema
    def _own_role(self, data: dict[str, str], **_: object) -> None:
        if "role_arn" in data and data["role_arn"].split(":")[4] != data.get("id"):
            raise ValidationError("must be a role of the account itself", "role_arn")


class AwsSettings(Credential):
    """A source: accounts times regions."""

    accounts = fields.List(
        fields.Nested(Account),
        required=True,
        validate=validate.Length(1, 1_000),
        metadata=_described("the accounts to read, each in every region"),
    )
    regions = fields.List(
        fields.String(validate=_REGION),
        required=True,
        validate=validate.Length(1, 100),
        metadata=_described("the regions to read, such as eu-central-1"),
    )
    endpoint_url = fields.Url(
        schemes={"http", "https"},
        require_tld=False,
        metadata=_described("another address for all of AWS, such as a test server's"),
    )
    ca_file = fields.String(metadata=_described("a file of certificates to trust instead of the public ones"))
    page = fields.Integer(
        load_default=1_000,
        validate=validate.Range(5, 1_000),
        metadata=_described("so many objects are asked for at a time, less where AWS allows less"),
    )
    most = fields.Integer(
        load_default=100_000,
        validate=validate.Range(1, 1_000_000),
        metadata=_described("a listing ends at the page that reaches so many objects, and is then incomplete"),
    )
    tries = fields.Integer(
        load_default=5,
        validate=validate.Range(1, 10),
        metadata=_described("how often a request is sent when AWS asks for patience or stumbles"),
    )
    connect_seconds = Seconds(load_default=10.0, metadata=_described("how long connecting may take"))
    answer_seconds = Seconds(load_default=30.0, metadata=_described("how long an answer may be silent"))

    @validates_schema
    def _each_once(self, data: dict[str, list[dict[str, str]]], **_: object) -> None:
        ids = [account.get("id") for account in data.get("accounts", [])]
        if len(set(ids)) < len(ids):
            raise ValidationError("an account is named twice", "accounts")
        regions = data.get("regions", [])
        if len({str(region) for region in regions}) < len(regions):
            raise ValidationError("a region is named twice", "regions")
