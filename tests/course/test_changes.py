"""What of a commit a show has room for."""

from gitops_lab.course.changes import ROOM, told

EDIT = """diff --git deploy/web.yaml deploy/web.yaml
index 1..2 100644
--- deploy/web.yaml
+++ deploy/web.yaml
@@ -7 +7 @@ spec:
-  image: web:1.0
+  image: web:1.1
"""
GONE = """diff --git old.yaml old.yaml
deleted file mode 100644
index 1..0
--- old.yaml
+++ /dev/null
@@ -1,2 +0,0 @@
-kind: ConfigMap
---- not a heading
"""


def new(name: str, lines: int) -> str:
    body = "".join(f"+line {number}\n" for number in range(lines))
    head = f"diff --git {name} {name}\nnew file mode 100644\n--- /dev/null\n+++ {name}\n"
    return f"{head}@@ -0,0 +1,{lines} @@\n{body}"


def test_an_edit_is_shown_with_its_lines_and_a_deleted_file_by_its_name() -> None:
    assert told(EDIT + GONE) == [
        "deploy/web.yaml",
        "-  image: web:1.0",
        "+  image: web:1.1",
        "deleted old.yaml",
    ]


def test_what_has_no_room_is_counted() -> None:
    assert told(EDIT + GONE + new("big.yaml", 20)) == [
        "deploy/web.yaml  +1 -1",
        "deleted old.yaml  +0 -2",
        "new big.yaml  +20 -0",
    ]
    many = told("".join(new(f"{number}.yaml", 1) for number in range(ROOM + 3)))
    assert many[-1] == "… and 3 more"
    assert len(many) == ROOM + 1


def test_a_commit_without_a_change_shows_nothing() -> None:
    assert told("") == []
