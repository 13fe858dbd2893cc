"""One `Sources`: names, what lies inside, reading, and the border that a write stays in."""

from __future__ import annotations

import errno
import os

import pytest

from vlmr1_lint.sources import MAX_BYTES, Sources, Unreadable, Unwritable, files, placed, repository_root
from vlmr1_lint.sources.paths import is_below
from vlmr1_lint.sources.reading import read_plain, read_with_status, reason


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "repo"
    (folder / "conf").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / "conf" / "a.yaml").write_bytes(b"a: 1\n")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.yaml").write_bytes(b"s: 1\n")
    return folder


def links(root):
    """Links in the repository by what they lead to."""
    pairs = {"out.yaml": "../outside/secret.yaml", "in.yaml": "conf/a.yaml", "linked": "../outside", "inner": "conf"}
    for name, target in pairs.items():
        (root / name).symlink_to(target)


# -- names -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("{root}/conf/a.yaml", "conf/a.yaml"),
        ("{root}/.hidden", ".hidden"),
        ("{root}/conf/../b", "b"),
        ("{root}/..data/x", "..data/x"),
        ("{root}//conf//x", "conf/x"),
        ("{root}", "."),
        ("{root}-2/x", "{root}-2/x"),
        ("{root}/../outside/x", "{root}/../outside/x"),
        ("/x", "/x"),
    ],
)
def test_names(root, path, name):
    assert Sources(str(root)).name(path.format(root=root)) == name.format(root=root)


def test_path_is_the_way_back(root):
    sources = Sources(str(root))
    assert sources.path("conf/a.yaml") == str(root / "conf" / "a.yaml")
    assert sources.path("conf/../b") == str(root / "b")


def test_the_root_has_its_links_resolved(root, tmp_path):
    (tmp_path / "alias").symlink_to(root)
    assert Sources(str(tmp_path / "alias")).root == str(root)


def test_the_file_that_a_name_means(root):
    links(root)
    sources = Sources(str(root))
    for name in ("in.yaml", "inner/a.yaml", "conf/a.yaml"):
        assert sources.real(str(root / name)) == str(root / "conf" / "a.yaml")


# -- inside ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "inside", "holds", "leads_out"),
    [
        ("conf/a.yaml", True, True, False),
        ("conf", True, False, False),
        ("", True, False, False),
        ("none.yaml", True, False, False),
        ("in.yaml", True, True, False),
        ("inner/a.yaml", True, True, False),
        ("out.yaml", False, False, True),
        ("linked/secret.yaml", False, False, True),
        ("linked/none.yaml", False, False, True),
        ("../outside/secret.yaml", False, False, False),
        ("../repo-2/x.yaml", False, False, False),
        ("conf/../../outside/secret.yaml", False, False, False),
    ],
)
def test_inside(root, tmp_path, name, inside, holds, leads_out):
    links(root)
    (tmp_path / "repo-2").mkdir()
    (tmp_path / "repo-2" / "x.yaml").write_bytes(b"")
    sources = Sources(str(root))
    path = os.path.join(str(root), name) if name else str(root)
    assert sources.inside(path) is inside
    assert sources.holds(path) is holds
    assert sources.leads_out(path) is leads_out
    assert (sources.try_read(path) is not None) is holds
    there = os.path.isfile(path)
    assert (sources.try_read_anywhere(path) is not None) is there


def test_the_whole_disk_may_be_the_root(root):
    assert Sources("/").inside(str(root / "conf")) and Sources("/").inside("/")
    assert is_below("/x", "/") and not is_below("/", "/x")


def test_a_path_that_leads_back_in_through_the_outside_counts_as_outside(root, tmp_path):
    (tmp_path / "outside" / "back").symlink_to(root)
    assert not Sources(str(root)).inside(str(tmp_path / "outside" / "back" / "conf" / "a.yaml"))


def test_ancestors(root):
    links(root)
    sources = Sources(str(root))
    assert list(sources.ancestors(str(root / "conf" / "deep" / "x"))) == [
        str(root / "conf" / "deep"),
        str(root / "conf"),
        str(root),
    ]
    assert list(sources.ancestors(str(root / "x"))) == [str(root)]
    assert list(sources.ancestors("/elsewhere/x")) == ["/elsewhere"]
    assert list(sources.ancestors(str(root / "linked" / "x"))) == [str(root / "linked")]
    assert list(Sources("/").ancestors("/etc/x")) == ["/etc", "/"]


class TestOtherName:
    """The working folder by the name that the shell knows, which scripts write."""

    @pytest.fixture
    def alias(self, root, tmp_path, monkeypatch):
        (tmp_path / "alias").symlink_to(tmp_path)
        monkeypatch.chdir(root / "conf")
        monkeypatch.setenv("PWD", str(tmp_path / "alias" / "repo" / "conf"))
        return tmp_path / "alias" / "repo"

    def test_it_is_the_roots_own(self, root, alias):
        sources = Sources(str(root))
        assert sources.own(str(alias / "conf" / "a.yaml")) == str(root / "conf" / "a.yaml")
        assert sources.own(str(alias)) == str(root)
        assert sources.own(str(alias) + "-2/x") == str(alias) + "-2/x"
        assert sources.own(str(root / "x")) == str(root / "x")
        assert sources.own("/etc/passwd") == "/etc/passwd"

    def test_at_the_root_itself(self, root, alias, monkeypatch):
        monkeypatch.chdir(root)
        monkeypatch.setenv("PWD", str(alias))
        assert Sources(str(root)).own(str(alias / "x")) == str(root / "x")

    @pytest.mark.parametrize("pwd", ["", "relative", ".", "/", "/nowhere", "{root}/conf", "{alias}", None])
    def test_a_pwd_that_says_nothing(self, root, alias, monkeypatch, pwd):
        if pwd is None:
            monkeypatch.delenv("PWD")
        else:
            monkeypatch.setenv("PWD", pwd.format(root=root, alias=alias))
        assert Sources(str(root)).own(str(alias / "x")) == str(alias / "x")

    def test_a_pwd_that_names_the_working_folder_and_not_the_root(self, root, alias, monkeypatch, tmp_path):
        (tmp_path / "short").symlink_to(root / "conf")
        monkeypatch.setenv("PWD", str(tmp_path / "short"))
        path = str(tmp_path / "short" / "a.yaml")
        assert Sources(str(root)).own(path) == path

    def test_a_working_folder_elsewhere(self, root, alias, monkeypatch, tmp_path):
        monkeypatch.chdir(tmp_path / "outside")
        monkeypatch.setenv("PWD", str(tmp_path / "alias" / "outside"))
        assert Sources(str(root)).own(str(alias / "x")) == str(alias / "x")

    def test_references_by_it_are_followed(self, root, alias):
        from vlmr1_lint.documents.references import resolve

        sources = Sources(str(root))
        holder = str(root / "run.sh")
        assert resolve(str(alias / "conf" / "a.yaml"), holder, sources) == str(root / "conf" / "a.yaml")
        assert resolve(str(alias / "conf" / "none.yaml"), holder, sources) is None


def test_placed(root, tmp_path):
    (tmp_path / "alias").symlink_to(tmp_path)
    links(root)
    assert placed(str(tmp_path / "alias" / "repo" / "out.yaml"), str(root)) == str(root / "out.yaml")
    for path in (str(root / "inner" / "a.yaml"), "/etc/passwd", str(root), str(tmp_path / "alias" / "outside" / "x")):
        assert placed(path, str(root)) == path


@pytest.mark.parametrize("marker", [".git", ".hg", ".svn"])
def test_repository_root(tmp_path, marker):
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    assert repository_root(str(folder)) is None
    (tmp_path / "a" / marker).mkdir()
    assert repository_root(str(folder)) == str(tmp_path / "a")
    (folder / ".git").write_text("gitdir: x\n")
    assert repository_root(str(folder)) == str(folder)
    (tmp_path / "link").symlink_to(folder)
    assert repository_root(str(tmp_path / "link")) == str(folder)


# -- reading -----------------------------------------------------------------------------------------------------


def test_a_file_is_read_once_and_an_overlay_comes_before_it(root):
    path = str(root / "conf" / "a.yaml")
    sources = Sources(str(root), {str(root / "new.yaml"): b"new"})
    assert sources.read(path) == b"a: 1\n"
    (root / "conf" / "a.yaml").write_bytes(b"b")
    assert sources.read(path) == b"a: 1\n"
    assert sources.read(str(root / "new.yaml")) == b"new" and sources.exists(str(root / "new.yaml"))
    assert sources.holds(str(root / "new.yaml")) and sources.try_read(str(root / "new.yaml")) == b"new"
    with pytest.raises(Unreadable):
        sources.read(str(root / "none"))


def test_what_is_no_plain_file_is_not_read_and_not_waited_for(root):
    os.mkfifo(root / "pipe")
    sources = Sources(str(root))
    for path in (str(root / "pipe"), os.devnull, "/dev/zero"):
        with pytest.raises(Unreadable, match="it is no plain file"):
            sources.read(path)
        assert sources.try_read_anywhere(path) is None
    with pytest.raises(Unreadable):
        read_plain(str(root))


def test_a_file_that_is_there_and_cannot_be_read_is_none(root, monkeypatch):
    path = str(root / "conf" / "a.yaml")
    sources = Sources(str(root))
    assert sources.exists(path)
    os.unlink(path)
    assert sources.try_read(path) is None and sources.try_read_anywhere(path) is None


def test_large_files_are_cut_one_byte_above_the_limit(tmp_path):
    path = tmp_path / "large"
    with open(path, "wb") as handle:
        handle.truncate(MAX_BYTES + 4096)
    assert len(read_plain(str(path))) == MAX_BYTES + 1
    assert len(read_plain(str(path), 10)) == 11


def test_a_file_that_grows_or_comes_in_pieces_is_read_whole(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"0123456789" * 1000)
    real = os.read
    monkeypatch.setattr(os, "read", lambda handle, count: real(handle, min(count, 7)))
    data, status = read_with_status(str(path))
    assert data == b"0123456789" * 1000 and status.st_size == 10_000
    assert read_plain(str(path), 9) == b"0123456789"  # of the last piece too no more than is asked for


def test_an_error_without_the_systems_words_is_told_in_its_own():
    assert reason(OSError("No Such Luck")) == "no such luck"
    assert reason(OSError(errno.EIO, "Input/output error")) == "input/output error"


def test_handles_of_what_is_refused_are_closed(root):
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("no /proc here")
    before = len(os.listdir("/proc/self/fd"))
    for path in ("/dev/zero", str(root), str(root / "conf" / "a.yaml")):
        try:
            read_plain(path)
        except Unreadable:
            pass
    assert len(os.listdir("/proc/self/fd")) == before


# -- writing -----------------------------------------------------------------------------------------------------

OLD, NEW = b"a: 1\n", b"a: 2\n"


def write(root, path, expected=OLD):
    Sources(str(root)).write(str(path), NEW, expected)


def test_a_link_inside_is_written_through(root):
    links(root)
    write(root, root / "in.yaml")
    assert (root / "in.yaml").is_symlink() and (root / "conf" / "a.yaml").read_bytes() == NEW
    (root / "conf" / "a.yaml").write_bytes(OLD)
    write(root, root / "inner" / "a.yaml")
    assert (root / "conf" / "a.yaml").read_bytes() == NEW


@pytest.mark.parametrize("name", ["out.yaml", "linked/secret.yaml"])
def test_a_link_that_leads_out_is_not(root, tmp_path, name):
    links(root)
    secret = tmp_path / "outside" / "secret.yaml"
    secret.write_bytes(OLD)
    (tmp_path / "outside" / ".git").mkdir()  # a repository of its own does not make it ours
    with pytest.raises(Unwritable, match=r"\Ait is a link that leads out of the repository\Z"):
        write(root, root / name)
    assert secret.read_bytes() == OLD


def test_a_file_named_by_its_own_path_outside_is_written(root, tmp_path):
    secret = tmp_path / "outside" / "secret.yaml"
    secret.write_bytes(OLD)
    write(root, secret)
    assert secret.read_bytes() == NEW


@pytest.mark.parametrize(("border", "written"), [(None, False), ("other/.git", True), ("other/conf/.git", False)])
def test_a_link_outside_stays_in_the_repository_that_it_is_in(root, tmp_path, border, written):
    (tmp_path / "other" / "conf").mkdir(parents=True)
    (tmp_path / "other" / "real.yaml").write_bytes(OLD)
    (tmp_path / "other" / "conf" / "link.yaml").symlink_to("../real.yaml")
    (tmp_path / "other" / "conf" / "near.yaml").symlink_to("same.yaml")
    (tmp_path / "other" / "conf" / "same.yaml").write_bytes(OLD)
    if border:
        (tmp_path / border).mkdir()
    if written:
        write(root, tmp_path / "other" / "conf" / "link.yaml")
    else:
        with pytest.raises(Unwritable, match="leads out of the repository"):
            write(root, tmp_path / "other" / "conf" / "link.yaml")
    assert (tmp_path / "other" / "real.yaml").read_bytes() == (NEW if written else OLD)
    write(root, tmp_path / "other" / "conf" / "near.yaml")
    assert (tmp_path / "other" / "conf" / "same.yaml").read_bytes() == NEW


def test_other_text_than_expected_is_not_replaced(root):
    with pytest.raises(Unwritable, match="changed while"):
        write(root, root / "conf" / "a.yaml", b"a: 0\n")
    assert (root / "conf" / "a.yaml").read_bytes() == OLD


@pytest.mark.parametrize(
    ("name", "why"), [("pipe", "it is no plain file"), ("none", "no such file or directory"), ("conf", "it is no plain file")]
)
def test_what_is_no_plain_file_is_not_replaced(root, name, why):
    os.mkfifo(root / "pipe")
    with pytest.raises(Unwritable, match=rf"\A{why}\Z"):
        write(root, root / name)
    assert os.path.exists(root / name) == (name != "none") and not (root / name).is_file()


def test_a_change_between_reading_and_the_rename_wins(root, monkeypatch):
    path = root / "conf" / "a.yaml"
    real = files.read_with_status

    def then_saved(target):
        found = real(target)
        path.write_bytes(b"a: 3, by hand\n")
        return found

    monkeypatch.setattr(files, "read_with_status", then_saved)
    with pytest.raises(Unwritable, match="changed while"):
        write(root, path)
    assert path.read_bytes() == b"a: 3, by hand\n"


def test_both_names_of_a_file_are_read_anew(root):
    links(root)
    sources = Sources(str(root))
    names = [str(root / "in.yaml"), str(root / "conf" / "a.yaml")]
    assert [sources.read(name) for name in names] == [OLD, OLD]
    sources.write(names[0], NEW, OLD)
    assert [sources.read(name) for name in names] == [NEW, NEW]


def test_create(root, tmp_path):
    links(root)
    sources = Sources(str(root))
    path = str(root / "conf" / "new.yaml")
    assert not sources.exists(path)
    sources.create(path, NEW)
    assert sources.exists(path) and sources.read(path) == NEW
    for refused in (root / "linked" / "new.yaml", tmp_path / "outside" / "new.yaml"):
        with pytest.raises(Unwritable, match=r"\Ait is outside of the repository\Z"):
            sources.create(str(refused), NEW)
        assert not refused.exists()
    with pytest.raises(Unwritable, match="there already"):
        sources.create(path, OLD)
    assert sources.read(path) == NEW
    sources.create(str(root / "conf" / "never-asked-for.yaml"), NEW)
    assert (root / "conf" / "never-asked-for.yaml").read_bytes() == NEW
