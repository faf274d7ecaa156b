"""Commands in a lab's text."""

from gitops_lab.lab.console import Command, Prose, commands, story

TEXT = """\
1. Edit the file, then commit.

    ```console
    $ git commit -m "a" \\
        --all
    [main 1234567] a
    $ kubectl get pods --watch
    ```

2. And then

    ```yaml
    a: $ git push
    ```

    ```console
    $ kubectl get nothing  # fails
    ```
"""


def test_commands_are_found_in_console_blocks_alone():
    assert [command.text for command in commands(TEXT)] == [
        'git commit -m "a" \\\n    --all',
        "kubectl get pods --watch",
        "kubectl get nothing  # fails",
    ]
    assert [command.line for command in commands(TEXT)] == [4, 7, 17]


def test_prose_and_commands_keep_their_order():
    kinds = [type(piece) for piece in story(TEXT) if getattr(piece, "text", "").strip()]

    assert kinds == [Prose, Command, Command, Prose, Command]


def test_it_is_known_how_a_command_ends():
    first, second, third = commands(TEXT)

    assert (first.goes_on, second.goes_on, third.goes_on) == (False, True, False)
    assert (first.fails, third.fails) == (False, True)
    assert Command("kubectl -n a logs web -f", 1).goes_on
    assert not Command("kubectl apply -f web.yaml", 1).goes_on
    assert (first.reads, second.reads) == (False, True)
