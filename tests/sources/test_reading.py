"""What the linter sees of a disk: names, which files lie inside the repository, and what reading gives."""

from __future__ import annotations

import os

import pytest

from vlmr1_lint.sources import MAX_BYTES, Sources, Unreadable, on_network, repository_root


@pytest.fixture
def disk(tmp_path):
    """A repository with a folder beside it, and links from one to the other."""
    root = tmp_path / "repository"
    (root / "configs").mkdir(parents=True)
    (root / "configs" / "a.yaml").write_bytes(b"a: 1\n")
    (root / "..data").mkdir()
    (root / "..data" / "b.yaml").write_bytes(b"b: 1\n")
    outside = tmp_path / "repository-of-another"
    outside.mkdir()
    (outside / "secret.yaml").write_bytes(b"secret: 1\n")
    (root / "out.yaml").symlink_to(outside / "secret.yaml")
    (root / "in.yaml").symlink_to("configs/a.yaml")
    (outside / "back").symlink_to(root)
    return root


def at(disk, name):
    return os.path.join(os.path.realpath(disk), name)


# -- names -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("below", "name"),
    [
        ("a.yaml", "a.yaml"),
        ("configs/a.yaml", "configs/a.yaml"),
        ("configs/.hidden/a.yaml", "configs/.hidden/a.yaml"),
        (".hidden", ".hidden"),
        ("configs//a.yaml", "configs/a.yaml"),
        ("configs/./a.yaml", "configs/a.yaml"),
        ("configs/../a.yaml", "a.yaml"),
        ("..data/b.yaml", "..data/b.yaml"),
        ("", "."),
    ],
)
def test_a_file_is_named_from_the_root(disk, below, name):
    assert Sources(str(disk)).name(at(disk, below)) == name


def test_a_file_outside_is_named_as_it_is_given(disk):
    sources = Sources(str(disk))
    beside = str(disk.parent / "repository-of-another" / "secret.yaml")
    assert sources.name(beside) == beside
    assert sources.name(str(disk.parent)) == str(disk.parent)
    assert sources.name(at(disk, "../x.yaml")) == at(disk, "../x.yaml")


def test_a_name_is_a_path_below_the_root(disk):
    sources = Sources(str(disk))
    assert sources.path("configs/a.yaml") == at(disk, "configs/a.yaml")
    assert sources.path("configs/../x") == at(disk, "x")
    assert sources.path("/etc/x") == "/etc/x"


def test_the_root_may_be_given_through_a_link(disk):
    sources = Sources(str(disk.parent / "repository-of-another" / "back"))
    assert sources.root == os.path.realpath(disk)
    assert sources.name(at(disk, "configs/a.yaml")) == "configs/a.yaml"


def test_the_root_of_the_disk_is_a_root():
    sources = Sources("/")
    assert sources.name("/etc/x.yaml") == "etc/x.yaml"
    assert sources.inside("/etc")


# -- inside ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("", True),
        ("configs/a.yaml", True),
        ("configs/absent.yaml", True),
        ("in.yaml", True),
        ("out.yaml", False),
        ("../repository-of-another/secret.yaml", False),
        ("..", False),
    ],
)
def test_inside_is_where_links_lead(disk, path, inside):
    assert Sources(str(disk)).inside(at(disk, path)) is inside


def test_all_names_of_a_file_are_one_real_path(disk):
    sources = Sources(str(disk))
    assert sources.real(at(disk, "in.yaml")) == sources.real(at(disk, "configs/a.yaml")) == at(disk, "configs/a.yaml")


# -- reading -----------------------------------------------------------------------------------------------------------


def test_a_file_is_read_once(disk):
    sources = Sources(str(disk))
    path = at(disk, "configs/a.yaml")
    assert sources.read(path) == b"a: 1\n"
    (disk / "configs" / "a.yaml").write_bytes(b"a: 2\n")
    assert sources.read(path) == b"a: 1\n"


def test_why_a_file_cannot_be_read_is_said_in_a_few_words(disk):
    with pytest.raises(Unreadable, match=r"\Ano such file or directory\Z"):
        Sources(str(disk)).read(at(disk, "absent.yaml"))


def test_a_pipe_is_not_waited_for(disk):
    os.mkfifo(disk / "pipe")
    with pytest.raises(Unreadable, match="it is no plain file"):
        Sources(str(disk)).read(at(disk, "pipe"))


def test_a_folder_is_no_file(disk):
    with pytest.raises(Unreadable):
        Sources(str(disk)).read(at(disk, "configs"))


def test_unsaved_text_comes_before_the_disk_and_may_be_empty(disk):
    path, new = at(disk, "configs/a.yaml"), at(disk, "configs/new.yaml")
    sources = Sources(str(disk), {path: b"", new: b"n: 1\n"})
    assert sources.read(path) == b""
    assert sources.read(new) == b"n: 1\n"
    assert sources.try_read(new) == b"n: 1\n"
    assert sources.try_read_anywhere(path) == b""


def test_a_huge_file_is_read_a_byte_beyond_the_limit(disk):
    with open(disk / "huge.yaml", "wb") as file:
        file.truncate(3 * MAX_BYTES)
    assert len(Sources(str(disk)).read(at(disk, "huge.yaml"))) == MAX_BYTES + 1


def test_a_file_that_comes_in_pieces_is_put_together(disk, monkeypatch):
    read, asked = os.read, []

    def short(handle, most):
        asked.append(most)
        return read(handle, min(most, 2))

    monkeypatch.setattr(os, "read", short)
    assert Sources(str(disk)).read(at(disk, "configs/a.yaml")) == b"a: 1\n"
    assert Sources(str(disk)).head(at(disk, "configs/a.yaml"), 3) == (b"a: ", False)
    assert max(asked) <= 4096  # memory is for what is there, not for what might be


@pytest.mark.parametrize(
    ("name", "try_read", "anywhere"),
    [
        ("configs/a.yaml", b"a: 1\n", b"a: 1\n"),
        ("in.yaml", b"a: 1\n", b"a: 1\n"),
        ("out.yaml", None, b"secret: 1\n"),
        ("../repository-of-another/secret.yaml", None, b"secret: 1\n"),
        ("absent.yaml", None, None),
        ("configs", None, None),
    ],
)
def test_references_are_read_inside_the_root_only(disk, name, try_read, anywhere):
    assert Sources(str(disk)).try_read(at(disk, name)) == try_read
    assert Sources(str(disk)).try_read_anywhere(at(disk, name)) == anywhere


@pytest.mark.parametrize("way", ["try_read", "try_read_anywhere"])
def test_a_file_that_vanishes_is_as_one_that_was_never_there(disk, way):
    sources = Sources(str(disk))
    path = at(disk, "configs/a.yaml")
    assert sources.exists(path)
    os.unlink(path)
    assert getattr(sources, way)(path) is None


def test_the_head_of_a_file_outside_is_read(disk):
    path = str(disk.parent / "repository-of-another" / "secret.yaml")
    assert Sources(str(disk)).head(path, 6) == (b"secret", False)


@pytest.mark.parametrize("path", ["absent.yaml", "configs"])
def test_the_head_of_what_is_no_file_is_refused(disk, path):
    with pytest.raises(Unreadable, match=r"\Ano such file\Z"):
        Sources(str(disk)).head(at(disk, path), 10)


# -- what is there -----------------------------------------------------------------------------------------------------


def test_whether_a_file_is_there_is_asked_once(disk):
    sources = Sources(str(disk))
    for name, there in (("configs/a.yaml", True), ("in.yaml", True), ("configs", False), ("absent.yaml", False)):
        assert sources.exists(at(disk, name)) is there
    (disk / "absent.yaml").write_bytes(b"")
    (disk / "configs" / "a.yaml").unlink()
    assert sources.exists(at(disk, "configs/a.yaml")) is True
    assert sources.exists(at(disk, "absent.yaml")) is False


def test_unsaved_text_makes_a_file_and_its_folders(disk):
    path = at(disk, "new/deep/a.yaml")
    sources = Sources(str(disk), {path: b""})
    assert sources.exists(path)
    assert not sources.exists(at(disk, "new"))
    for folder in ("new", "new/", "new/deep", "configs", ""):
        assert sources.is_folder(at(disk, folder)), folder
    for other in ("new/deep/a.yaml", "ne", "configs/a.yaml", "absent"):
        assert not sources.is_folder(at(disk, other)), other


def test_a_listing_is_sorted_and_has_unsaved_files(disk):
    sources = Sources(str(disk), {at(disk, "configs/z/new.yaml"): b"", at(disk, "configs/0.yaml"): b""})
    assert sources.listing(at(disk, "configs")) == ("0.yaml", "a.yaml", "z")
    assert sources.listing(at(disk, "configs/")) == ("0.yaml", "a.yaml", "z")
    assert sources.listing(at(disk, "absent")) == ()
    (disk / "configs" / "later.yaml").write_bytes(b"")
    assert sources.listing(at(disk, "configs")) == ("0.yaml", "a.yaml", "z")


def test_the_folders_above_a_file_end_at_the_root(disk):
    sources = Sources(str(disk))
    found = list(sources.ancestors(at(disk, "configs/deep/er/a.yaml")))
    assert [sources.name(folder) for folder in found] == ["configs/deep/er", "configs/deep", "configs", "."]
    assert list(sources.ancestors(at(disk, "a.yaml"))) == [sources.root]


def test_of_a_file_outside_only_its_own_folder_is_above(disk):
    beside = str(disk.parent / "repository-of-another")
    assert list(Sources(str(disk)).ancestors(os.path.join(beside, "secret.yaml"))) == [beside]
    assert list(Sources("/").ancestors("/x")) == ["/"]


# -- where a repository ends -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("marker", [".git", ".hg", ".svn"])
def test_a_repository_is_where_its_marker_is(disk, marker):
    (disk / marker).mkdir()
    assert repository_root(str(disk)) == os.path.realpath(disk)
    assert repository_root(str(disk / "configs")) == os.path.realpath(disk)
    assert repository_root(str(disk.parent / "repository-of-another" / "back" / "configs")) == os.path.realpath(disk)


def test_the_closest_repository_counts_and_its_marker_may_be_a_file(disk):
    (disk / ".git").mkdir()
    (disk / "configs" / ".git").write_bytes(b"gitdir: elsewhere\n")
    assert repository_root(str(disk / "configs" / "absent")) == at(disk, "configs")


def test_there_may_be_no_repository(monkeypatch, disk):
    monkeypatch.setattr(os.path, "exists", lambda _: False)
    assert repository_root(str(disk / "configs")) is None


@pytest.mark.parametrize(
    ("path", "elsewhere"),
    [("s3://b/x", True), ("//server/x", True), ("\\\\server\\x", True), ("/data/x", False), ("C:\\x", False), ("a//b", False)],
)
def test_what_names_another_machine(path, elsewhere):
    assert on_network(path) is elsewhere
