import base64
from dataclasses import dataclass

from gitops_lab.checks import Both, HasField, Named, OwnedByGit, Sight, Synced
from gitops_lab.checks.repositories import read

OLD = "age145u5dcxdy5gl20az3u4ga5pat9x8gdd2krz3rkuauh5jllxt8qlq755lre"
OLD_SECRET = "AGE-SECRET-KEY-19P3QK9462RZ43KFNQUQ94PVUDPMQCXA4UQ3U6VU0U5DJKEJR8JES5TVVJY"
DATABASE = Named("Secret", "database", "shop")


@dataclass(frozen=True)
class OnlyForTheNew:
    """What is encrypted on main, and the rule for what comes, leave the old key out."""

    def look(self, world):
        expected = "main encrypts for the new key, and for the old one no more"
        names = world.repositories.files("shop", "main")
        sealed = [name for name in names if "ENC[AES256_GCM," in (self._text(world, name))]
        if not sealed:
            return Sight(False, "main has no encrypted file", expected, "commit", change="deploy")
        for name in (*sealed, ".sops.yaml"):
            if OLD in self._text(world, name):
                return Sight(False, f"{name} names the old key", expected, "commit", change=name)
        return Sight(True, "the old key opens nothing that is there now", expected)

    def _text(self, world, name):
        return read(world, "shop", "main", name) or ""


@dataclass(frozen=True)
class Forgotten:
    """The engine has a key, and it is not the old one."""

    def look(self, world):
        expected = "the engine has the new key alone"
        keys = Named("Secret", "age", world.parameters["engine_namespace"])
        secret = keys.get(world) or {}
        entries = (secret.get("data") or {}).items()
        keys = [base64.b64decode(value).decode() for name, value in entries if ".agekey" in name]
        if not any("AGE-SECRET-KEY-" in key for key in keys):
            return Sight(False, "the engine has no key", expected, "render", by_hand=True)
        if any(OLD_SECRET in key for key in keys):
            step = "Take the entry `age.agekey` out of the Secret `age`."
            return Sight(False, "the engine has the old key still", expected, next=step)
        return Sight(True, "the old one is gone", expected)


def test_file(expect):
    """Git is encrypted for the new key alone"""
    expect(OnlyForTheNew())


def test_password(expect, parameters):
    """The cluster has a password that whoever left has never seen, from Git"""
    value = base64.b64encode(parameters["last"].encode()).decode()
    has = HasField(DATABASE, "data.password", value, app="shop")
    expect(Both(Synced("shop"), has, OwnedByGit(DATABASE, "data.password", app="shop")))


def test_engine(expect):
    """The engine has the new key, and not the old one"""
    expect(Forgotten())
