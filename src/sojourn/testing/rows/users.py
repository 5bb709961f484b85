"""What a backend promises about users."""

import pytest

from sojourn.errors import Conflict
from sojourn.ports import Owner
from sojourn.testing import drafts
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
