"""Calls every operation that this boto3 knows, and reads every list that it can page.

Prints a JSON object: "outcomes" has for each operation "ok", the code of an error, or
what boto3 said; "unmodelled" has the errors that the model lacks for the operation;
"listed" has how many elements each paginator found, and how many were different.
"""

import json
import os

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

PASSWORD = "Right-Horse-7"
PAGE, TWO_PAGES = 5, 8
# What ends something is called after everything else, and the later in this list, the later.
ENDS = ("Delete", "AdminDelete", "AdminDisable", "GlobalSignOut", "AdminUserGlobalSignOut", "DeleteUser", "AdminDeleteUser", "DeleteUserPool")

client = boto3.client("cognito-idp", endpoint_url=os.environ["ENDPOINT"], config=Config(retries={"total_max_attempts": 1}))


def prepare():
    """Makes two pages of everything that has a paginator, and a signed-in user."""
    pool = client.create_user_pool(PoolName="sweep", UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"})["UserPool"]
    of = {"UserPoolId": pool["Id"]}
    for i in range(TWO_PAGES):
        user, group = {"Username": f"user{i}", **of}, {"GroupName": f"group{i}", **of}
        client.admin_create_user(MessageAction="SUPPRESS", **user)
        client.create_group(**group)
        client.admin_add_user_to_group(Username=f"user{i}", GroupName="group0", **of)
        if i:
            client.admin_add_user_to_group(Username="user0", **group)
        made = client.create_user_pool_client(ClientName="c", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"], **of)
        client.create_user_pool(PoolName="another")
        client.create_resource_server(Identifier=f"server{i}", Name="s", **of)
        client.create_identity_provider(ProviderName=f"oidc{i}", ProviderType="OIDC", ProviderDetails=provider(), **of)
    app = made["UserPoolClient"]["ClientId"]
    client.admin_set_user_password(Username="user0", Password=PASSWORD, Permanent=True, **of)
    for _ in range(TWO_PAGES):
        signed_in = client.initiate_auth(ClientId=app, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "user0", "PASSWORD": PASSWORD})
    return {
        "UserPoolId": pool["Id"], "ResourceArn": pool["Arn"], "ClientId": app, "Username": "user0", "GroupName": "group0",
        "AccessToken": signed_in["AuthenticationResult"]["AccessToken"], "Identifier": "server0", "ProviderName": "oidc0",
    }


def provider():
    urls = {name: "https://idp.example.com/" + name for name in ("authorize_url", "token_url", "attributes_url", "jwks_uri")}
    return {"client_id": "x", "client_secret": "y", "oidc_issuer": "https://idp.example.com", "authorize_scopes": "openid", "attributes_request_method": "GET", **urls}


LISTS = {
    "list_users": "Username", "list_groups": "GroupName", "list_users_in_group": "Username", "admin_list_groups_for_user": "GroupName",
    "list_user_pool_clients": "ClientId", "list_resource_servers": "Identifier", "list_identity_providers": "ProviderName",
    "list_user_pools": "Id", "admin_list_user_auth_events": "EventId",
}


def page_all(names):
    counts = {}
    for method, key in LISTS.items():
        members = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method]).input_shape.members
        pages = client.get_paginator(method).paginate(PaginationConfig={"PageSize": PAGE}, **{m: names[m] for m in members if m in names})
        found = [element[key] for page in pages for elements in page.values() if isinstance(elements, list) for element in elements]
        counts[method] = [len(found), len(set(found))]
    return counts


def value(shape, name, names):
    """Returns a small valid value of a shape, with the names that exist."""
    if name in names:
        return names[name]
    if shape.type_name == "structure":
        if getattr(shape, "is_document_type", False):
            return {}
        return {member: value(shape.members[member], member, names) for member in shape.required_members}
    if shape.type_name == "list":
        return [value(shape.member, name, names)]
    if shape.type_name == "map":
        return {"a": value(shape.value, "", names)}
    if shape.type_name in ("integer", "long"):
        return shape.metadata.get("min", 1) or 1
    if shape.type_name == "boolean":
        return True
    if shape.type_name == "blob":
        return b"x"
    if shape.enum:
        return shape.enum[0]
    return "a" * max(shape.metadata.get("min", 1), 1)


def rank(operation):
    if operation in ENDS:
        return ENDS.index(operation)
    return 0 if operation.startswith(ENDS[:3]) else -1


def sweep(names):
    outcomes, unmodelled = {}, {}
    mapping = client.meta.method_to_api_mapping
    for method in sorted(mapping, key=lambda m: (rank(mapping[m]), m)):
        operation = client.meta.service_model.operation_model(mapping[method])
        try:
            getattr(client, method)(**(value(operation.input_shape, "", names) if operation.input_shape else {}))
            outcomes[mapping[method]] = "ok"
        except ClientError as e:
            code = e.response["Error"]["Code"]
            outcomes[mapping[method]] = code
            if code not in [shape.name for shape in operation.error_shapes]:
                unmodelled[mapping[method]] = str(e)
        except (BotoCoreError, ValueError) as e:
            outcomes[mapping[method]] = str(e)
            unmodelled[mapping[method]] = repr(e)
    return outcomes, unmodelled


known = prepare()
listed = page_all(known)
outcomes, unmodelled = sweep(known)
print(json.dumps({"outcomes": outcomes, "unmodelled": unmodelled, "listed": listed}))
