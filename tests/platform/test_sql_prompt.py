"""`shopcart sql` without a query, in a real terminal."""

from pathlib import Path

from tests.terminal import Terminal


def test_statements_completion_mistakes_and_interrupts(tmp_path: Path) -> None:
    environ = {"PATH": "/usr/bin:/bin", "SHOPCART_STATE": str(tmp_path / "state"), "HOME": str(tmp_path)}
    with Terminal(["sql"], environ, tmp_path) as terminal:
        terminal.wait_for("shopcart> ")
        terminal.type("select 40 + 2\nas answer;\n")
        terminal.wait_for("...> ")
        assert "42" in terminal.wait_for("(1 rows)")
        terminal.type("select count(*) as n from evaluation.leaderb\t;\n")  # Tab writes the rest of the name
        terminal.wait_for("leaderboard;")
        assert "0" in terminal.wait_for("(1 rows)")
        terminal.type("selekt 1;\n")
        terminal.wait_for('syntax error at or near "selekt"')
        terminal.wait_for("shopcart> ")
        terminal.type("select 'thrown away'")
        terminal.wait_for("thrown away'")
        terminal.interrupt(until="interrupted")
        terminal.wait_for("shopcart> ")
        terminal.type(".format json\n.tables evaluation.leaderboard\n")
        terminal.wait_for('"what a row is": "')
        terminal.type(".examples\n")
        terminal.wait_for("what_was_dropped")
        terminal.type(".examples what_was_dropped\n")
        terminal.wait_for("[]")
        terminal.type(".nonsense\n")
        terminal.wait_for("no command .nonsense: .help lists them")
        terminal.wait_for("shopcart> ")
        terminal.type("select count(*) from range(1000000) a, range(1000000) b where hash(a.range) + b.range < 3;\n")
        terminal.wait_for("asking, ")  # two seconds later, so that it runs
        terminal.interrupt(until="interrupted")
        terminal.wait_for("shopcart> ")
        terminal.type("\x04")
        assert terminal.process.wait(timeout=500) == 0
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and b"thrown away" in file.read_bytes()]
