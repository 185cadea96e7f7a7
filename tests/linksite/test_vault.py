"""Secrets at rest open where they were sealed, and nowhere else."""

import pytest

from linksite import vault

PLACE = "connection/password/1"


def test_a_sealed_text_opens_at_its_place() -> None:
    sealed = vault.seal(" pâss<&>word ", place=PLACE)

    assert vault.open_sealed(sealed, place=PLACE) == " pâss<&>word "


def test_a_sealed_text_shows_nothing_of_the_secret() -> None:
    sealed = vault.seal("hunter2hunter2", place=PLACE)

    assert "hunter2" not in sealed
    assert sealed.startswith(f"v1.{vault.newest_key_id()}.")


def test_the_same_secret_never_looks_the_same_twice() -> None:
    sealed = {vault.seal("secret", place=PLACE) for _ in range(1000)}

    assert len(sealed) == 1000


def test_a_moved_secret_does_not_open() -> None:
    sealed = vault.seal("secret", place=PLACE)

    with pytest.raises(vault.Unreadable):
        vault.open_sealed(sealed, place="connection/password/2")


@pytest.mark.parametrize(
    "damage", ["", "v1", "v1.dev1.x", "v2.{}", "{}A", "v1.gone.AA.AA"]
)
def test_a_damaged_secret_does_not_open(damage: str) -> None:
    sealed = vault.seal("secret", place=PLACE)

    with pytest.raises(vault.Unreadable):
        vault.open_sealed(damage.format(sealed.removeprefix("v1.")), place=PLACE)


def test_an_older_key_still_opens_and_the_newest_one_seals(settings) -> None:
    sealed = vault.seal("secret", place=PLACE)
    settings.VAULT_KEYS = ["new1:" + "A" * 43 + "=", *settings.VAULT_KEYS]
    vault._keys.cache_clear()

    assert vault.open_sealed(sealed, place=PLACE) == "secret"
    assert vault.key_id(vault.seal("secret", place=PLACE)) == "new1"


@pytest.fixture(autouse=True)
def keys_read_afresh() -> None:
    """Read the keys of this test's settings, and of the next one's."""
    vault._keys.cache_clear()
    yield
    vault._keys.cache_clear()


@pytest.mark.parametrize(
    "keys",
    [
        [],
        ["short:AAAA"],
        ["not base64:é"],
        ["a:" + "A" * 43 + "=", "a:" + "B" * 43 + "="],
    ],
)
def test_bad_keys_are_named_without_being_shown(settings, keys: list[str]) -> None:
    settings.VAULT_KEYS = keys

    assert vault.problem().startswith("VAULT_KEYS")
    assert "AAAA" not in vault.problem()


def test_a_digest_tells_its_parts_apart() -> None:
    assert vault.digest("ab", "c") != vault.digest("a", "bc")
    assert vault.digest("ab", "c") == vault.digest("ab", "c")
