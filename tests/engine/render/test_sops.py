import json
import subprocess

import pyrage
import pytest

from gitops_lab.engine.app import Decryption, HelmOptions
from gitops_lab.engine.render import Inputs
from gitops_lab.engine.render.sops.crypt import SopsError, decrypt, encrypt, is_encrypted
from tests.tools import genuine

KEY = pyrage.x25519.Identity.generate()
OTHER = pyrage.x25519.Identity.generate()
PUBLIC = str(KEY.to_public())
OPEN = {"decryption": Decryption("age"), "inputs": Inputs(keys=(str(KEY),))}
SECRET = """# who may read this
apiVersion: v1
kind: Secret
metadata:
  name: db
stringData:
  password: "hunter2 # not a comment"
  port: "5432"
  motto: |
    two
    lines
  empty: ""
"""
MIXED = """a: text
n: 5
big: 12345678901
t: true
f: 1.50
whole: 3.0
yes_is_text: yes
nothing: null
list: [one, 2, {deep: three}]
uni: "ü 🙂"
"""


def sops(*arguments, content, name, folder, key=None):
    program = genuine("sops")
    path = folder / name
    path.write_bytes(content)
    environment = {"HOME": str(folder), **({"SOPS_AGE_KEY": str(key)} if key else {})}
    argv = [program, "--disable-version-check", *arguments, str(path)]
    return subprocess.run(argv, check=True, capture_output=True, env=environment, cwd=folder).stdout


@pytest.mark.parametrize("name", ["s.yaml", "s.json", "s.env", "s.txt"])
def test_what_the_genuine_program_encrypted_is_opened(tmp_path, name):
    content = {
        "s.yaml": MIXED.encode(),
        "s.json": json.dumps({"a": 1, "b": ["x", None, 1.5, {"c": True}]}).encode(),
        "s.env": b"A=1\n# a comment\nB=two words\n",
        "s.txt": b"any text\nat all",
    }[name]
    sealed = sops("encrypt", "--age", PUBLIC, content=content, name=name, folder=tmp_path)
    assert is_encrypted(sealed)
    plain = decrypt(sealed, name, [str(KEY)])
    genuine_plain = sops("decrypt", content=sealed, name=name, folder=tmp_path, key=KEY)
    if name == "s.yaml":
        from gitops_lab.engine.render.sops import yamltext

        ours, theirs = (yamltext.read(t.decode()).leaves for t in (plain, genuine_plain))
        assert [leaf.value for leaf in ours] == [leaf.value for leaf in theirs]
    elif name == "s.json":
        assert json.loads(plain) == json.loads(genuine_plain)
    else:
        assert plain.replace(b"# a comment\n", b"") == content.replace(b"# a comment\n", b"")


def test_a_checksum_of_encrypted_values_alone_is_understood(tmp_path):
    rule = f"creation_rules: [{{age: {PUBLIC}, mac_only_encrypted: true, encrypted_regex: Data$}}]"
    (tmp_path / ".sops.yaml").write_text(rule)
    sealed = sops("encrypt", content=SECRET.encode(), name="s.yaml", folder=tmp_path)
    assert b"mac_only_encrypted: true" in sealed
    assert b"hunter2 # not a comment" in decrypt(sealed, "s.yaml", [str(KEY)])


def test_values_between_brackets_are_encrypted_too(tmp_path):
    sealed = encrypt(b'data: {a: [x, "y, z"], b: w}\n', [PUBLIC])
    plain = sops("decrypt", content=sealed, name="s.yaml", folder=tmp_path, key=KEY)
    assert b"y, z" in plain
    assert b'"y, z"' in decrypt(sealed, "s.yaml", [str(KEY)])


@pytest.mark.parametrize("text", [SECRET, SECRET + "---\n" + SECRET.replace("db", "two")])
def test_the_genuine_program_opens_what_we_encrypted(tmp_path, text):
    sealed = encrypt(text.encode(), [PUBLIC])
    assert b"hunter2" not in sealed
    assert b"name: db" in sealed
    plain = sops("decrypt", content=sealed, name="s.yaml", folder=tmp_path, key=KEY)
    assert b"hunter2 # not a comment" in plain
    assert decrypt(sealed, "s.yaml", [str(KEY)]).count(b"two\\nlines") == text.count(
        "two\n    lines"
    )


def test_lines_and_comments_stay_where_they_are():
    plain = decrypt(encrypt(SECRET.encode(), [PUBLIC]), "s.yaml", [str(KEY)]).decode()
    lines = plain.splitlines()
    assert lines[0] == "# who may read this"
    assert lines[6] == '  password: "hunter2 # not a comment"'


def test_an_encrypted_secret_is_rendered_plain_and_keeps_its_place(rendered):
    result = rendered({"deploy/db.yaml": encrypt(SECRET.encode(), [PUBLIC])}, **OPEN)
    (item,) = result.objects
    assert item.obj["stringData"]["motto"] == "two\nlines\n"
    assert "sops" not in item.obj
    assert (item.file, item.line) == ("deploy/db.yaml", 2)


def test_a_build_may_generate_from_encrypted_files(rendered):
    kustomization = (
        "resources: [db.yaml]\nnamePrefix: dev-\n"
        "secretGenerator:\n- {name: token, files: [token.yaml],\n"
        "  options: {disableNameSuffixHash: true}}\n"
    )
    token = encrypt(b"token: abc\n", [PUBLIC], fields="^token$")
    files = {
        "deploy/kustomization.yaml": kustomization,
        "deploy/db.yaml": encrypt(SECRET.encode(), [PUBLIC]),
        "deploy/token.yaml": token,
    }
    found = {item.obj["metadata"]["name"]: item.obj for item in rendered(files, **OPEN).objects}
    assert found["dev-db"]["stringData"]["port"] == "5432"
    assert found["dev-token"]["data"]["token.yaml"] == "dG9rZW46ICJhYmMiCg=="


def test_value_files_of_a_chart_may_be_encrypted(rendered):
    genuine("helm")
    template = (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\n"
        "stringData: {word: {{ .Values.word | quote }}}\n"
    )
    files = {
        "deploy/Chart.yaml": "apiVersion: v2\nname: x\nversion: 0.1.0\n",
        "deploy/templates/s.yaml": template,
        "deploy/secret.yaml": encrypt(b"word: hush\n", [PUBLIC], fields="word"),
    }
    result = rendered(files, helm=HelmOptions(value_files=("secret.yaml",)), **OPEN)
    (item,) = result.objects
    assert item.obj["stringData"] == {"word": "hush"}
    assert item.file == "deploy/templates/s.yaml"


def test_without_decryption_an_encrypted_object_is_refused(rendered):
    error = rendered.error({"deploy/db.yaml": encrypt(SECRET.encode(), [PUBLIC])})
    assert (error.reason, error.place.file) == ("Encrypted", "deploy/db.yaml")
    assert "spec.decryption" in error.hint


def test_the_wrong_key_is_told_with_both(rendered):
    wrong = {**OPEN, "inputs": Inputs(keys=(str(OTHER),))}
    error = rendered.error({"deploy/db.yaml": encrypt(SECRET.encode(), [PUBLIC])}, **wrong)
    assert (error.reason, error.place.file, error.retry) == ("NoKey", "deploy/db.yaml", True)
    assert PUBLIC in error.message
    assert str(OTHER.to_public()) in error.message
    assert "AGE-SECRET-KEY" not in error.message


@pytest.mark.parametrize(
    ("old", "new"),
    [("name: db", "name: other"), ("kind: Secret", "kind: ConfigMap"), ("  port:", "  porto:")],
)
def test_what_was_changed_without_the_key_is_refused(rendered, old, new):
    sealed = encrypt(SECRET.encode(), [PUBLIC]).decode().replace(old, new)
    error = rendered.error({"deploy/db.yaml": sealed}, **OPEN)
    assert (error.reason, error.place.file) == ("Tampered", "deploy/db.yaml")


def test_a_file_for_another_kind_of_key_says_so():
    raw = b"a: ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]\nsops: {pgp: [{fp: x}]}\n"
    with pytest.raises(SopsError, match="pgp"):
        decrypt(raw, "a.yaml", [])


def test_nothing_is_encrypted_twice_or_for_nobody():
    sealed = encrypt(SECRET.encode(), [PUBLIC])
    with pytest.raises(SopsError, match="already"):
        encrypt(sealed, [PUBLIC])
    with pytest.raises(SopsError, match="nothing would be secret"):
        encrypt(b"a: b\n", [PUBLIC])
    with pytest.raises(SopsError, match="public part"):
        encrypt(SECRET.encode(), ["age1nobody"])
