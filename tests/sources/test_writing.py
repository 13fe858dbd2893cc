"""What a write keeps: the old text until the new one is whole, somebody else's change, and all that hangs on a file."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import textwrap

import pytest

from vlmr1_lint.sources import Sources, Unwritable, write_report
from vlmr1_lint.sources.writing import put_new, put_over

OLD, NEW = b"old text\n", b"new text, which is longer\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "folder" / "args.yaml"
    path.parent.mkdir()
    path.write_bytes(OLD)
    return path


def replace(path, data=NEW):
    put_over(str(path), data, os.stat(path))


def names(path):
    return sorted(os.listdir(path.parent))


def refused(path, words, old=OLD):
    """A write that is refused with *words* leaves the file and nothing beside it."""
    before = names(path)
    with pytest.raises(Unwritable) as error:
        replace(path)
    assert str(error.value) == words
    assert path.read_bytes() == old and names(path) == before


def test_it_is_written(file):
    inode = file.stat().st_ino
    replace(file)
    assert file.read_bytes() == NEW and names(file) == ["args.yaml"]
    assert file.stat().st_ino != inode  # by a rename


@pytest.mark.parametrize("length", [0, 1, 1_000_000])
def test_all_of_it_is_written_however_little_the_system_takes_at_a_time(file, monkeypatch, length):
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: real(handle, bytes(data[:70_000])))
    replace(file, b"x" * length)
    assert file.read_bytes() == b"x" * length


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o751, 0o2644])
def test_the_mode_is_kept(file, mode):
    file.chmod(mode)
    replace(file)
    assert stat.S_IMODE(file.stat().st_mode) == mode


def test_nobody_else_can_read_the_new_text_before_the_mode_is_set(file, monkeypatch):
    file.chmod(0o600)
    seen = []
    real = os.write

    def watching(handle, data):
        seen.append(stat.S_IMODE(os.fstat(handle).st_mode))
        return real(handle, data)

    monkeypatch.setattr(os, "write", watching)
    replace(file)
    assert seen == [0o600]


@pytest.mark.parametrize("call", ["open", "write", "fchmod", "fsync", "close", "replace", "lstat"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_fault_of_the_disk_leaves_the_file(file, monkeypatch, call, code):
    seen = os.stat(file)
    real_close = os.close

    def fault(*given):
        if call == "close":
            real_close(*given)
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patched, pytest.raises(Unwritable) as error:
        patched.setattr(os, call, fault)
        put_over(str(file), NEW, seen)
    assert str(error.value) == os.strerror(code).lower()
    assert file.read_bytes() == OLD and names(file) == ["args.yaml"]


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, SystemExit])
def test_whatever_ends_a_write_leaves_nothing_beside(file, monkeypatch, call, error):
    def end(*given):
        raise error

    with monkeypatch.context() as patched, pytest.raises(error):
        patched.setattr(os, call, end)
        replace(file)
    assert file.read_bytes() == OLD and names(file) == ["args.yaml"]
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ()) & {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


def test_handles_are_closed(file, monkeypatch):
    def count() -> int:
        return len(os.listdir("/proc/self/fd"))

    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("no /proc here")
    before = count()
    replace(file)
    assert count() == before
    monkeypatch.setattr(os, "fsync", lambda handle: os.lstat("/nowhere"))
    refused(file, "no such file or directory", NEW)
    assert count() == before


def test_standard_input_may_be_closed(file):
    """The new file is then number 0, which is closed as any other."""
    kept = os.dup(0)
    os.close(0)
    try:
        replace(file)
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(0)
    finally:
        os.dup2(kept, 0)
        os.close(kept)
    assert file.read_bytes() == NEW


def test_a_disk_that_fails_twice_keeps_nothing_beside(file, monkeypatch):
    seen, real = os.stat(file), os.close

    def fault(handle):
        real(handle)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patched, pytest.raises(Unwritable, match="no space left"):
        patched.setattr(os, "close", fault)
        patched.setattr(os, "fsync", lambda handle: full())
        put_over(str(file), NEW, seen)
    assert names(file) == ["args.yaml"]


def full():
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_what_is_in_its_place_is_not_removed(file, monkeypatch):
    removed = []
    monkeypatch.setattr(os, "unlink", removed.append)
    replace(file)
    assert removed == []


# -- somebody else's change --------------------------------------------------------------------------------------


def saved_in_place(path):
    path.write_bytes(b"somebody's\n")


def saved_in_place_as_long(path):
    path.write_bytes(OLD.upper())


def replaced(path):
    other = path.with_name("other")
    other.write_bytes(OLD)
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    os.replace(other, path)


def touched(path):
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 1_000))


def cut(path):
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    path.write_bytes(OLD[:-1])
    os.utime(path, ns=times)


@pytest.mark.parametrize("change", [saved_in_place, saved_in_place_as_long, replaced, touched, cut])
def test_a_change_in_the_last_moment_wins(file, monkeypatch, change):
    real = os.fsync
    after = []

    def changing(handle):
        real(handle)
        change(file)
        after.append(file.read_bytes())

    monkeypatch.setattr(os, "fsync", changing)
    with pytest.raises(Unwritable, match="changed while it was being linted"):
        replace(file)
    assert [file.read_bytes()] == after and names(file) == ["args.yaml"]


def test_a_file_that_was_deleted_meanwhile_stays_deleted(file, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda handle: file.unlink())
    with pytest.raises(Unwritable):
        replace(file)
    assert names(file) == []


def test_a_file_that_became_a_link_meanwhile_is_not_written_through(file, monkeypatch, tmp_path):
    other = tmp_path / "other.yaml"
    file.rename(other)
    seen = os.stat(other)
    file.symlink_to(other)
    with pytest.raises(Unwritable):
        put_over(str(file), NEW, seen)
    assert other.read_bytes() == OLD and file.is_symlink()


# -- names -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a" * 250 + ".yaml", "长" * 83 + ".json", "x"])
def test_names_as_long_as_the_system_takes(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(OLD)
    replace(path)
    assert path.read_bytes() == NEW and os.listdir(tmp_path) == [name]


def test_what_a_killed_process_left_blocks_nobody(file, monkeypatch):
    for name in (f".args.yaml.{os.getpid()}.vlmr1-lint", ".vlmr1-lint-0011223344556677.tmp"):
        (file.parent / name).write_bytes(b"left")
    replace(file)
    assert file.read_bytes() == NEW and len(names(file)) == 3
    # Even where chance gives the same name: theirs stays, and another try succeeds.
    chances = [bytes.fromhex("0011223344556677")]
    real = os.urandom
    monkeypatch.setattr(os, "urandom", lambda count: chances.pop() if chances else real(count))
    with pytest.raises(Unwritable, match="file exists"):
        replace(file, OLD)
    assert (file.parent / ".vlmr1-lint-0011223344556677.tmp").read_bytes() == b"left"
    replace(file, OLD)
    assert file.read_bytes() == OLD


# -- what hangs on a file ----------------------------------------------------------------------------------------


def test_hard_links_are_refused(file):
    os.link(file, file.with_name("other.yaml"))
    refused(file, "it has other names (hard links), which would keep the old text")
    assert file.stat().st_ino == file.with_name("other.yaml").stat().st_ino


def test_read_only(file, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: (str(path), mode) != (str(file), os.W_OK))
    refused(file, "it is read-only")


def test_a_system_that_does_not_say_whether_it_is_read_only(file, monkeypatch):
    def fault(path, mode):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "access", fault)
    refused(file, "input/output error")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_the_owner_is_kept_by_root(file):
    os.chown(file, 12345, 23456)
    file.chmod(0o640)
    replace(file)
    status = file.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (12345, 23456, 0o640)


def owners(monkeypatch, file, allowed):
    """Write to a file of somebody else (owner 5, group 6) where *allowed* says what may be given; what was tried."""
    tried = []

    def chown(handle, owner, group):
        tried.append((owner, group))
        if not allowed(owner):
            raise PermissionError(errno.EPERM, "Operation not permitted")

    found = list(os.stat(file))
    found[4:6] = [5, 6]
    seen = os.stat_result([*found], {"st_mtime_ns": os.stat(file).st_mtime_ns})
    monkeypatch.setattr(os, "fchown", chown)
    put_over(str(file), NEW, seen)
    assert file.read_bytes() == NEW
    return tried


def test_the_group_is_kept_where_the_owner_cannot_be(file, monkeypatch):
    assert owners(monkeypatch, file, lambda owner: True) == [(5, 6)]
    file.write_bytes(OLD)
    assert owners(monkeypatch, file, lambda owner: owner == -1) == [(5, 6), (-1, 6)]
    file.write_bytes(OLD)
    assert owners(monkeypatch, file, lambda owner: False) == [(5, 6), (-1, 6)]  # and it is written all the same


def test_an_own_file_is_not_given_to_anybody(file, monkeypatch):
    monkeypatch.setattr(os, "fchown", lambda *given: pytest.fail("nothing to give"))
    replace(file)


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="Python knows no extended attributes here")
class TestAttributes:
    @pytest.fixture
    def attributes(self, file):
        try:
            os.setxattr(file, "user.note", b"keep")
            os.setxattr(file, "user.other", b"\0\xff")
        except OSError:
            pytest.skip("this disk has no extended attributes")
        return file

    def test_a_report_keeps_them_too(self, attributes):
        write_report(str(attributes), "x")
        assert os.getxattr(attributes, "user.note") == b"keep"

    def test_they_are_kept(self, attributes):
        replace(attributes)
        assert os.getxattr(attributes, "user.note") == b"keep" and os.getxattr(attributes, "user.other") == b"\0\xff"

    def test_one_that_cannot_be_kept_keeps_none_of_the_others(self, file, monkeypatch):
        kept = {}

        def setxattr(handle, name, found):
            if name == "security.selinux":
                raise PermissionError(errno.EPERM, "Operation not permitted")
            kept[name] = found

        found = {"user.a": b"1", "security.selinux": b"2", "user.b": b"3"}
        monkeypatch.setattr(os, "listxattr", lambda path: list(found))
        monkeypatch.setattr(os, "getxattr", lambda path, name: found[name])
        monkeypatch.setattr(os, "setxattr", setxattr)
        replace(file)
        assert kept == {"user.a": b"1", "user.b": b"3"} and file.read_bytes() == NEW

    def test_a_disk_without_them(self, file, monkeypatch):
        def fault(path):
            raise OSError(errno.ENOTSUP, "Operation not supported")

        monkeypatch.setattr(os, "listxattr", fault)
        replace(file)
        assert file.read_bytes() == NEW


# -- signals -----------------------------------------------------------------------------------------------------

CHILD = """
    import os, signal, sys, time
    from vlmr1_lint.sources import Sources, writing
    path, what, call = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs, and their children, ignore it
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # so do those of nohup with this one
    real = getattr(os, call)

    def interrupted(*given):
        if what == "SIGKILL":
            os.kill(os.getpid(), signal.SIGKILL)
        os.kill(os.getpid(), getattr(signal, what))
        return real(*given)

    setattr(os, call, interrupted)
    Sources(os.path.dirname(path)).write(path, b"new text, which is longer\\n", b"old text\\n")
    print("not reached" if what != "SIGINT" else "reached")
"""


def child(file, what, call):
    words = [sys.executable, "-c", textwrap.dedent(CHILD), str(file), what, call]
    return subprocess.run(words, capture_output=True, encoding="utf-8", check=False, timeout=60)


@pytest.mark.skipif(os.name == "nt", reason="there are no such signals")
@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
class TestSignals:
    @pytest.mark.parametrize("what", ["SIGTERM", "SIGHUP"])
    def test_what_ends_the_process_waits_until_the_file_is_whole(self, file, what, call):
        done = child(file, what, call)
        assert done.returncode == -getattr(signal, what) and done.stdout == ""
        assert file.read_bytes() == NEW and names(file) == ["args.yaml"]

    def test_ctrl_c_waits_too(self, file, call):
        done = child(file, "SIGINT", call)
        assert "KeyboardInterrupt" in done.stderr and done.stdout == ""
        assert file.read_bytes() == NEW and names(file) == ["args.yaml"]

    def test_a_kill_leaves_the_old_file_whole(self, file, call):
        assert child(file, "SIGKILL", call).returncode == -signal.SIGKILL
        assert file.read_bytes() == OLD
        assert len(names(file)) == 2  # nobody can remove the other: it must not be in the way
        replace(file)
        assert file.read_bytes() == NEW


def test_signals_that_somebody_held_back_stay_held_back(file):
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        replace(file)
        assert signal.SIGTERM in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


def test_ctrl_c_right_before_a_write(file, monkeypatch):
    real = signal.pthread_sigmask

    def interrupted(how, signals):
        before = real(how, signals)
        if signals and how == signal.SIG_BLOCK:
            raise KeyboardInterrupt
        return before

    before = real(signal.SIG_BLOCK, ())
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(signal, "pthread_sigmask", interrupted)
        replace(file)
    assert real(signal.SIG_BLOCK, ()) == before
    assert file.read_bytes() == OLD and names(file) == ["args.yaml"]


def test_a_folder_that_cannot_be_written_to_holds_back_nothing(tmp_path):
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with pytest.raises(Unwritable):
        put_new(str(tmp_path / "none" / "x"), NEW)
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


def test_a_system_without_them(file, monkeypatch):
    monkeypatch.delattr(signal, "pthread_sigmask")
    for name in ("fchown", "fchmod", "listxattr"):
        monkeypatch.delattr(os, name)
    replace(file)
    assert file.read_bytes() == NEW


# -- new files and reports ---------------------------------------------------------------------------------------


def test_a_new_file(tmp_path):
    before = os.umask(0o022)
    try:
        put_new(str(tmp_path / "new"), NEW)
    finally:
        os.umask(before)
    assert (tmp_path / "new").read_bytes() == NEW and os.listdir(tmp_path) == ["new"]
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o644


def test_a_new_file_that_somebody_made_meanwhile(file, monkeypatch):
    path = file.with_name("new")
    for there in (lambda: path.write_bytes(OLD), lambda: path.symlink_to("nowhere")):
        monkeypatch.setattr(os, "fsync", lambda handle, there=there: there())
        with pytest.raises(Unwritable, match=r"\Ait is there already\Z"):
            put_new(str(path), NEW)
        assert names(file) == ["args.yaml", "new"]
        path.unlink()


class TestReports:
    def test_a_new_one(self, tmp_path):
        before = os.umask(0o027)
        try:
            write_report(str(tmp_path / "r"), "ä\udcff")
        finally:
            os.umask(before)
        assert (tmp_path / "r").read_bytes() == "ä".encode() + b"\xff"
        assert stat.S_IMODE((tmp_path / "r").stat().st_mode) == 0o640

    def test_a_new_one_is_as_open_as_the_user_lets_files_be(self, tmp_path):
        before = os.umask(0)
        try:
            write_report(str(tmp_path / "r"), "x")
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / "r").stat().st_mode) == 0o666

    def test_nobody_else_reads_one_before_its_mode_is_set(self, file, monkeypatch):
        seen, real = [], os.write
        monkeypatch.setattr(os, "write", lambda handle, data: seen.append(os.fstat(handle).st_mode) or real(handle, data))
        before = os.umask(0)
        try:
            write_report(str(file), "x")
        finally:
            os.umask(before)
        assert [stat.S_IMODE(mode) for mode in seen] == [0o600]

    def test_one_that_is_there_keeps_its_mode(self, file):
        file.chmod(0o604)
        write_report(str(file), "x")
        assert file.read_text() == "x" and stat.S_IMODE(file.stat().st_mode) == 0o604
        assert names(file) == ["args.yaml"]

    def test_a_link_is_written_through(self, file):
        link = file.with_name("link")
        link.symlink_to(file.name)
        write_report(str(link), "x")
        assert link.is_symlink() and file.read_text() == "x"

    def test_of_hard_links_only_the_one_is_changed(self, file):
        os.link(file, file.with_name("other"))
        write_report(str(file), "x")
        assert file.read_text() == "x" and file.with_name("other").read_bytes() == OLD

    def test_a_pipe_is_written_to(self, tmp_path):
        """In a folder of its own, and no device of the system: where it goes wrong, as root, what is replaced is gone."""
        os.mkfifo(tmp_path / "pipe")
        reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
        write_report(str(tmp_path / "pipe"), "ä\udcff")
        assert os.read(reader, 100) == "ä".encode() + b"\xff"
        os.close(reader)
        assert stat.S_ISFIFO(os.stat(tmp_path / "pipe").st_mode) and os.listdir(tmp_path) == ["pipe"]

    def test_a_folder_and_none(self, tmp_path):
        with pytest.raises(Unwritable, match="is a directory"):
            write_report(str(tmp_path), "x")
        with pytest.raises(Unwritable, match=r"\Aits folder does not exist\Z"):
            write_report(str(tmp_path / "none" / "r"), "x")

    def test_a_full_disk_leaves_the_old_one(self, file, monkeypatch):
        def fault(*given):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", fault)
        with pytest.raises(Unwritable):
            write_report(str(file), "x")
        assert file.read_bytes() == OLD and names(file) == ["args.yaml"]


def test_what_sources_write_is_read_anew(file):
    sources = Sources(str(file.parent))
    assert sources.read(str(file)) == OLD
    sources.write(str(file), NEW, OLD)
    assert sources.read(str(file)) == NEW
