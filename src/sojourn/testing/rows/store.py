"""What a backend promises about the store itself: its name, its signatures, its end."""

from sojourn.testing.scene import Scene


class StoreContract:
    def test_a_store_has_one_name(self, scene: Scene) -> None:
        assert isinstance(scene.records.store_id, str)
        assert len(scene.records.store_id) >= 6
        assert scene.records.store_id == scene.records.store_id

    def test_signatures_are_the_stores_own_and_of_one_purpose(self, scene: Scene) -> None:
        sign = scene.records.sign
        assert len(sign("cursor", b"data")) == 32
        assert sign("cursor", b"data") == sign("cursor", b"data")
        signed = {
            sign(purpose, data)
            for purpose, data in (
                ("cursor", b"data"), ("cursor", b"datb"), ("cursord", b"ata"), ("curso", b"rdata"), ("", b""),
                ("token", b"data"), ("\u00e9", b"data"), ("cursor", b""), ("cursor", b"data" * 10_000),
            )
        }  # fmt: skip
        assert len(signed) == 9

    def test_closing_twice_is_no_error(self, scene: Scene) -> None:
        scene.session()
        scene.records.close()
        scene.records.close()
