"""What is nearly an id, in a path: not found like any other, with the same bytes, and nothing changes."""

from urllib.parse import quote

import pytest
from tests.http.visitors import Visitor, another, mine, problem


def variants(id: str) -> dict[str, str]:
    """As they stand in a path."""
    wide = "".join(chr(ord(c) + 0xFF10 - ord("0")) if c.isdigit() else c for c in id)
    return {
        "another prefix": "usr_" + id.partition("_")[2],
        "no prefix": id.partition("_")[2],
        "upper case": id.upper(),
        "half": id[:-1],
        "64 KiB": id + "0" * 65_000,
        "dot": f"{id}.",
        "blank": f"{id}%20",
        "newline": f"{id}%0A",
        "NUL": f"{id}%00",
        "encoded slash": f"{id}%2F",
        "up": f"..%2F{id}",
        "up, doubly encoded": f"%252e%252e%252f{id}",
        "parameter": f"{id};x",
        "look-alike digits": quote(wide),
        "half a pair": f"{id}%ED%A0%80",
        "overlong": f"%C0%AE{id}",
        "wildcard": f"{id[:-1]}%25",
        "quoted": quote(f"{id}' OR '1'='1"),
        "number": "7",
        "negative": "-1",
        "2^63": str(2**63),
    }


NAMES = sorted(variants("ses_0"))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_nearly_a_sessions_id_is_not_found(ada: Visitor, name: str) -> None:
    session = ada.session(title="Tides")
    ada.say(session["id"], "kept")
    before = ada.get(mine(session["id"])).json()
    path = mine(variants(session["id"])[name])
    for method, below in (
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/messages"),
        ("GET", "/state"),
        ("GET", "/files"),
        ("GET", "/search?q=a"),
    ):
        problem(ada.request(method, path + below), 404, "not_found")
    problem(ada.post(f"{path}/messages", json={"text": "x"}), 404, "not_found")
    problem(ada.patch(path, json={"title": "x"}), 404, "not_found")
    problem(ada.patch(f"{path}/state", json={"set": {"a": 1}}), 404, "not_found")
    assert ada.get(mine(session["id"])).json() == before


@pytest.mark.parametrize("name", NAMES)
def test_what_is_nearly_a_files_id_is_not_found(ada: Visitor, name: str) -> None:
    session = ada.session()
    file = ada.upload(session["id"], "notes.txt", b"Neap tides.")
    path = f"{mine(session['id'])}/files/{variants(file['id'])[name]}"
    for method, below in (("GET", ""), ("GET", "/content"), ("GET", "/chunks"), ("DELETE", "")):
        problem(ada.request(method, path + below), 404, "not_found")
    assert ada.get(f"{mine(session['id'])}/files/{file['id']}").status_code == 200


@pytest.mark.parametrize("name", NAMES)
def test_what_is_nearly_a_devices_id_signs_nobody_out(ada: Visitor, name: str) -> None:
    ada.session()
    (device,) = ada.get("/v1/devices").json()["items"]
    problem(ada.delete(f"/v1/devices/{variants(device['id'])[name]}"), 404, "not_found")
    assert len(ada.get("/v1/devices").json()["items"]) == 1


def test_anothers_id_in_any_form_is_not_found_with_the_same_bytes(ada: Visitor) -> None:
    bob = another(ada)
    his = bob.session()
    ada.session()
    absent = ada.get(mine("ses_" + "0" * 26))
    for name, form in {"as it is": his["id"], **variants(his["id"])}.items():
        if name not in ("encoded slash", "up", "up, doubly encoded"):  # a slash makes it another path
            assert ada.get(mine(form)).content == absent.content, name
