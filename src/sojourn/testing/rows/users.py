"""What a backend promises about users."""

import pytest
from msgspec.structs import replace

from sojourn.errors import Conflict
from sojourn.ports import Owner
from sojourn.testing import drafts
from sojourn.testing.drafts import NOW
from sojourn.testing.scene import Scene


def numbered(scene: Scene, no: int) -> Owner:
    found = scene.read(lambda tx: tx.users.numbered(no))
    assert found is not None
    return found


class UserContract:
    def test_a_user_is_found_by_name_and_by_number(self, scene: Scene) -> None:
        draft = drafts.user("grace")
        owner = scene.write(lambda tx: tx.users.add(draft))
        assert owner.user == draft
        assert scene.read(lambda tx: tx.users.named("grace")) == owner
        assert scene.read(lambda tx: tx.users.numbered(owner.no)) == owner

    def test_an_unknown_name_or_number_is_none(self, scene: Scene) -> None:
        assert scene.read(lambda tx: tx.users.named("nobody")) is None
        assert scene.read(lambda tx: tx.users.numbered(scene.ada + scene.bob + 1)) is None

    def test_a_name_belongs_to_one_user(self, scene: Scene) -> None:
        with pytest.raises(Conflict):
            scene.user("ada")
        found = scene.read(lambda tx: tx.users.named("ada"))
        assert found is not None
        assert found.no == scene.ada

    @pytest.mark.parametrize(
        "name", ["Ada", "ada ", " ada", "a\u0301da", "\u00e1da", "ádа", "ada%", "ad_", "'; --", "x" * 500]
    )
    def test_names_that_look_alike_are_different_users(self, scene: Scene, name: str) -> None:
        assert scene.read(lambda tx: tx.users.named(name)) is None
        no = scene.user(name)
        assert no != scene.ada
        found = scene.read(lambda tx: tx.users.named(name))
        assert found is not None
        assert (found.no, found.user.name) == (no, name)

    def test_users_without_a_name_are_as_many_as_come(self, scene: Scene) -> None:
        numbers = [scene.user(None) for _ in range(3)]
        assert len({*numbers, scene.ada, scene.bob}) == 5
        names = [numbered(scene, no).user.name for no in numbers]
        assert names == [None, None, None]

    def test_a_user_of_another_store_is_admitted_by_their_number_and_without_their_name(
        self, scene: Scene
    ) -> None:
        guest = Owner(10_000, drafts.user("guest"))
        scene.write(lambda tx: tx.users.admit(guest, 7 << 32))
        assert numbered(scene, 10_000) == Owner(10_000, replace(guest.user, name=None))
        assert scene.read(lambda tx: tx.users.named("guest")) is None
        ref = scene.session(10_000)
        assert scene.read(lambda tx: tx.events.newest(10_000)) == 7 << 32
        noted = scene.write(lambda tx: tx.events.note(10_000, "session.created", ref.id, NOW))
        assert noted == (7 << 32) + 1
        assert [event.n for event in scene.read(lambda tx: tx.events.after(10_000, 7 << 32, 9))] == [noted]
        assert scene.user("somebody new") > 10_000

    def test_being_admitted_again_changes_nothing(self, scene: Scene) -> None:
        guest = Owner(10_000, drafts.user("guest"))
        scene.write(lambda tx: tx.users.admit(guest, 100))
        scene.write(lambda tx: tx.users.admit(guest, 200))
        assert scene.read(lambda tx: tx.events.newest(10_000)) == 100
        found = numbered(scene, scene.ada)
        scene.write(lambda tx: tx.users.admit(found, 100))
        assert numbered(scene, scene.ada) == found
        assert scene.read(lambda tx: tx.events.newest(scene.ada)) == 0
