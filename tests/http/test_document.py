"""The OpenAPI document: what clients are made from."""

import json
import subprocess
import sys
from typing import Any

import pytest

from sojourn import AsyncSojourn
from sojourn.server import create_app

OPERATIONS = {
    "createSession": ("post", "/v1/sessions/{user_id}"),
    "getUserSessions": ("get", "/v1/sessions/{user_id}"),
    "getSession": ("get", "/v1/sessions/{user_id}/{session_id}"),
    "updateSession": ("put", "/v1/sessions/{user_id}/{session_id}"),
    "patchSession": ("patch", "/v1/sessions/{user_id}/{session_id}"),
    "deleteSession": ("delete", "/v1/sessions/{user_id}/{session_id}"),
    "getMessages": ("get", "/v1/sessions/{user_id}/{session_id}/messages"),
    "addMessage": ("post", "/v1/sessions/{user_id}/{session_id}/messages"),
    "createRun": ("post", "/v1/sessions/{user_id}/{session_id}/runs"),
    "getState": ("get", "/v1/sessions/{user_id}/{session_id}/state"),
    "patchState": ("patch", "/v1/sessions/{user_id}/{session_id}/state"),
    "getFiles": ("get", "/v1/sessions/{user_id}/{session_id}/files"),
    "addFiles": ("post", "/v1/sessions/{user_id}/{session_id}/files"),
    "putFile": ("put", "/v1/sessions/{user_id}/{session_id}/files"),
    "unpackFile": ("post", "/v1/sessions/{user_id}/{session_id}/files/{archive_id}/unpack"),
    "optionsUploads": ("options", "/v1/sessions/{user_id}/{session_id}/uploads"),
    "getUploads": ("get", "/v1/sessions/{user_id}/{session_id}/uploads"),
    "createUpload": ("post", "/v1/sessions/{user_id}/{session_id}/uploads"),
    "optionsUpload": ("options", "/v1/sessions/{user_id}/{session_id}/uploads/{upload_id}"),
    "headUpload": ("head", "/v1/sessions/{user_id}/{session_id}/uploads/{upload_id}"),
    "patchUpload": ("patch", "/v1/sessions/{user_id}/{session_id}/uploads/{upload_id}"),
    "deleteUpload": ("delete", "/v1/sessions/{user_id}/{session_id}/uploads/{upload_id}"),
    "getImages": ("get", "/v1/sessions/{user_id}/{session_id}/images"),
    "addImages": ("post", "/v1/sessions/{user_id}/{session_id}/images"),
    "getThumbnail": ("get", "/v1/sessions/{user_id}/{session_id}/images/{image_id}/thumbnail"),
    "getFile": ("get", "/v1/sessions/{user_id}/{session_id}/files/{file_id}"),
    "getFileContent": ("get", "/v1/sessions/{user_id}/{session_id}/files/{file_id}/content"),
    "patchFile": ("patch", "/v1/sessions/{user_id}/{session_id}/files/{file_id}"),
    "deleteFile": ("delete", "/v1/sessions/{user_id}/{session_id}/files/{file_id}"),
    "getFileChunks": ("get", "/v1/sessions/{user_id}/{session_id}/files/{file_id}/chunks"),
    "search": ("get", "/v1/sessions/{user_id}/{session_id}/search"),
    "getCorpora": ("get", "/v1/corpora"),
    "getCorpusChunks": ("get", "/v1/corpora/{name}/documents/{document_id}/chunks"),
    "getMe": ("get", "/v1/me"),
    "switchSession": ("put", "/v1/me/session"),
    "signOut": ("post", "/v1/me/sign-out"),
    "getDevices": ("get", "/v1/devices"),
    "revokeDevice": ("delete", "/v1/devices/{device_id}"),
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app(AsyncSojourn.open("memory://")).openapi()


def test_the_operations_are_those_of_the_contract(document: dict[str, Any]) -> None:
    found = {
        operation["operationId"]: (method, path)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert found == OPERATIONS


def test_every_problem_is_told_as_one(document: dict[str, Any]) -> None:
    for methods in document["paths"].values():
        for operation in methods.values():
            for status in ("default", "422"):
                content = operation["responses"][status]["content"]
                assert list(content) == ["application/problem+json"]
                reference = content["application/problem+json"]["schema"]["$ref"]
                assert reference == "#/components/schemas/Problem"


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    for name in {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in document["components"]["schemas"]
    assert "HTTPValidationError" not in text


def test_what_may_be_left_out_may_not_be_null(document: dict[str, Any]) -> None:
    for name in ("SessionCreate", "SessionPatch", "SessionUpdate", "MessageCreate", "Place", "Citation"):
        for field in document["components"]["schemas"][name]["properties"].values():
            assert "null" not in json.dumps(field)
            assert "default" not in field


def test_the_document_can_be_written_by_a_command(document: dict[str, Any]) -> None:
    command = [sys.executable, "-W", "error", "-m", "sojourn.server.openapi"]
    written = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(written) == document
