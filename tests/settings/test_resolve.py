"""Which settings hold for an entry, a file, and an invocation."""

from __future__ import annotations

import pytest

from vlmr1_lint.settings import SettingsError, SettingsTree, discover, isolated, one_file
from vlmr1_lint.settings.layers import EntrySettings, RootSettings


class Disk:
    """Files in memory; counts how often each is read."""

    def __init__(self, **files: str) -> None:
        self.files = {
            name.replace("__", "/").replace("_yaml", ".vlmr1-lint.yaml").replace("_toml", "pyproject.toml"): text
            for name, text in files.items()
        }
        self.reads: list[str] = []

    def __call__(self, path: str) -> bytes | None:
        self.reads.append(path)
        text = self.files.get(path)
        return None if text is None else text.encode()


def tree(**files: str) -> SettingsTree:
    """A tree over files: ``a___yaml`` is a/.vlmr1-lint.yaml, ``_toml`` is pyproject.toml."""
    return discover(Disk(**files))


def test_nothing_said() -> None:
    for empty in (tree(), isolated(), tree(_toml="[tool.ruff]\n")):
        assert empty.for_entry("a/b.yaml") is None
        assert empty.for_file("a/b.yaml") is None
        assert empty.for_root() is None
        assert empty.suppressions(["a/b.yaml"]) == ()
        assert empty.unknown_rules({}) == []


def test_the_closest_file_decides_alone() -> None:
    settings = tree(_yaml="gpus: 8xH20\nignore: [A001]\n", a___yaml="trainer: vlm-r1\n")
    assert settings.for_entry("x.yaml") == EntrySettings(gpus="8xH20", origin=".vlmr1-lint.yaml")
    assert settings.for_entry("b/c/x.yaml").gpus == "8xH20"
    assert settings.for_entry("a/b/x.yaml") == EntrySettings(trainer="vlm-r1", origin="a/.vlmr1-lint.yaml")
    assert settings.for_file("a/x.yaml").ignore == ()
    assert settings.for_file("x.yaml").ignore == ("A001",)


def test_a_pyproject_of_others_is_passed_over() -> None:
    settings = tree(_yaml="gpus: 8xH20\n", a___toml='[tool.ruff]\nselect = ["vlmr1-lint"]\n')
    assert settings.for_entry("a/x.yaml").gpus == "8xH20"


def test_the_file_of_our_own_goes_before_pyproject() -> None:
    settings = tree(_yaml="gpus: 8xH20\n", _toml='[tool.vlmr1-lint]\ngpus = "1xL4"\n')
    assert settings.for_entry("x.yaml").gpus == "8xH20"


def test_all_values_of_an_entry() -> None:
    text = "host-ram: 1TiB\ndata: {images: 2, image: 1x2, prompt-tokens: 3, completion-tokens: 4}\ncheck-data: true\nhere: true\n"
    found = tree(_yaml=text).for_entry("x.yaml")
    assert found == EntrySettings(
        gpus=None,
        trainer=None,
        host_ram="1TiB",
        images=2,
        image="1x2",
        prompt_tokens=3,
        completion_tokens=4,
        check_data=True,
        here=True,
        origin=".vlmr1-lint.yaml",
    )


def test_extend_is_explicit() -> None:
    settings = tree(
        _yaml="gpus: 8xH20\nignore: [A001]\nseverity: {A001: info, B001: info}\ndata: {images: 3}\nlang: zh\n",
        a___yaml="extend: ../.vlmr1-lint.yaml\nignore: [B001]\nseverity: {B001: error}\ndata: {image: 1x1}\n",
    )
    entry, file = settings.for_entry("a/x.yaml"), settings.for_file("a/x.yaml")
    assert (entry.gpus, entry.images, entry.image) == ("8xH20", 3, "1x1")
    assert file.ignore == ("A001", "B001")
    assert file.severity == {"A001": "info", "B001": "error"}
    assert file.origin == "a/.vlmr1-lint.yaml"


def test_extended_patterns_are_relative_to_their_own_file() -> None:
    settings = tree(
        shared___yaml="exclude: ['old/*']\nkinds: {'*.txt': args}\n",
        a___yaml="extend: ../shared/.vlmr1-lint.yaml\nexclude: ['gone/*']\nkinds: {'x.*': data}\n",
    )
    assert settings.for_file("a/gone/x.yaml").excluded
    assert not settings.for_file("a/old/x.yaml").excluded
    assert settings.for_file("shared/old/x.yaml").excluded
    assert settings.for_file("a/x.txt").kind == "data"
    assert settings.for_file("shared/x.txt").kind == "args"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("extend: none.yaml\n", r"\.vlmr1-lint\.yaml:1:1: extend: there is no settings file none\.yaml"),
        ("gpus: a\nextend: [.vlmr1-lint.yaml]\n", r"\.vlmr1-lint\.yaml:2:10: extend: \.vlmr1-lint\.yaml extends itself"),
        ("extend: a/.vlmr1-lint.yaml\n", r"a/\.vlmr1-lint\.yaml:1:1: extend: \.vlmr1-lint\.yaml extends itself"),
    ],
)
def test_extend_that_leads_nowhere(text: str, message: str) -> None:
    settings = tree(_yaml=text, a___yaml="extend: ../.vlmr1-lint.yaml\n")
    with pytest.raises(SettingsError, match=message):
        settings.for_file("x.yaml")


def test_overrides_by_path_the_later_wins() -> None:
    settings = tree(
        a___yaml=(
            "gpus: 8xH20\nselect: [A]\noverrides:\n- {paths: ['old/**', '*.sh'], gpus: 1xL4, severity: {A001: info}}\n"
            "- {paths: old/x.yaml, gpus: 2xL4, select: [B]}\n"
        )
    )
    assert settings.for_entry("a/new/x.yaml").gpus == "8xH20"
    assert settings.for_entry("a/old/y.yaml").gpus == "1xL4"
    assert settings.for_entry("a/old/x.yaml").gpus == "2xL4"
    assert settings.for_file("a/old/x.yaml").select == ("B",)
    assert settings.for_file("a/run.sh").severity == {"A001": "info"}
    assert settings.for_file("a/old/x.yaml").severity == {"A001": "info"}


def test_suppressions_know_their_place_and_file() -> None:
    settings = tree(
        a___yaml=(
            "suppress:\n- {path: ./zero3.json, key: a.b, rule: A001, reason: r}\n"
            "- {path: '*.json', rule: B001, reason: r}\n- {path: other.json, rule: C001, reason: r}\n"
        )
    )
    one, two = settings.for_file("a/zero3.json").suppress
    assert (one.path, one.key, one.rule, one.origin) == ("a/zero3.json", "a.b", "A001", "a/.vlmr1-lint.yaml:2")
    assert (two.path, two.key, two.rule, two.origin) == (None, "", "B001", "a/.vlmr1-lint.yaml:3")
    assert one.covers("a/zero3.json")
    assert not one.covers("zero3.json")


def test_suppressions_of_several_files_stay_with_their_settings() -> None:
    entry = "suppress:\n- {path: '**/zero3.json', rule: A001, reason: r}\n- {path: ./zero3.json, rule: B001, reason: r}\n"
    settings = tree(_yaml=entry, a___yaml="gpus: 1xL4\n")
    one, two = settings.suppressions(["zero3.json", "b/zero3.json", "a/zero3.json"])
    assert [one.covers(path) for path in ("zero3.json", "b/zero3.json", "a/zero3.json")] == [True, True, False]
    assert (two.rule, two.path) == ("B001", "zero3.json")
    (only,) = settings.suppressions(["b/zero3.json"])
    assert only.rule == "A001"


def test_the_root_says_what_there_is_one_of() -> None:
    settings = tree(_yaml="lang: zh\nrules: [lint]\nbaseline: b.json\nfail-on: never\n", a___yaml="gpus: 1xL4\n")
    expected = RootSettings(("lint",), "zh", "b.json", "never", ".vlmr1-lint.yaml")
    assert settings.for_root() == expected
    assert settings.for_root("a") == expected
    assert settings.for_root("a/b") == expected


def test_the_topmost_file_is_the_root_one() -> None:
    settings = tree(train___yaml="lang: zh\nrules: lint\nbaseline: ../b.json\n")
    assert settings.for_root("train/configs") == RootSettings(("train/lint",), "zh", "b.json", None, "train/.vlmr1-lint.yaml")
    assert settings.for_file("train/x.yaml").origin == "train/.vlmr1-lint.yaml"


def test_what_an_invocation_started_above_would_ignore_is_refused() -> None:
    settings = tree(train___yaml="gpus: 1xL4\nrules: lint\n", other___yaml="gpus: 1xL4\n")
    assert settings.for_root() is None
    assert settings.for_file("other/x.yaml").origin == "other/.vlmr1-lint.yaml"
    with pytest.raises(SettingsError) as caught:
        settings.for_file("train/x.yaml")
    assert str(caught.value) == (
        "train/.vlmr1-lint.yaml:2:1: rules would have no effect: a run has one of it, said by the settings of the folder it"
        " starts in or above; write it in the root's .vlmr1-lint.yaml, or start in train"
    )


def test_started_beside_it_is_refused_too() -> None:
    settings = tree(one___yaml="lang: zh\n", two___yaml="lang: en\n")
    assert settings.for_root("one") is not None
    assert settings.for_file("one/x.yaml") is not None
    with pytest.raises(SettingsError, match=r"two/\.vlmr1-lint\.yaml:1:1: lang would have no effect"):
        settings.for_file("two/x.yaml")


def test_below_the_root_it_is_refused() -> None:
    settings = tree(_yaml="gpus: 1xL4\n", a___yaml="gpus: 1xL4\nlang: zh\nbaseline: b.json\n")
    with pytest.raises(SettingsError) as caught:
        settings.for_file("a/x.yaml")
    said = "belongs in the root settings file, .vlmr1-lint.yaml: one run has one of it"
    assert str(caught.value).splitlines() == [
        f"a/.vlmr1-lint.yaml:2:1: lang {said}",
        f"a/.vlmr1-lint.yaml:3:1: baseline {said}",
    ]
    with pytest.raises(SettingsError):
        settings.for_entry("a/b/x.yaml")
    assert settings.for_file("x.yaml").origin == ".vlmr1-lint.yaml"


def test_a_broken_file_is_told_each_time_and_only_where_it_matters() -> None:
    settings = tree(_yaml="gpus: 1xL4\n", a___yaml="gpsu: 1\n")
    for _ in range(2):
        with pytest.raises(SettingsError, match="unknown setting 'gpsu'"):
            settings.for_file("a/x.yaml")
    assert settings.for_file("b/x.yaml").origin == ".vlmr1-lint.yaml"


def test_one_file_for_all() -> None:
    disk = Disk(_yaml="gpus: 1xL4\n")
    disk.files["ci/lint.yaml"] = "gpus: 8xH20\nlang: zh\n"
    settings = one_file(disk, "ci/lint.yaml")
    assert settings.for_entry("a/b.yaml").gpus == "8xH20"
    assert settings.for_root("a").lang == "zh"
    for name in ("none.yaml", "pyproject.toml"):
        with pytest.raises(SettingsError, match="there are no settings for vlmr1-lint here"):
            one_file(disk, name)


def test_files_outside_the_root() -> None:
    disk = Disk(_yaml="gpus: 1xL4\n")
    disk.files["/elsewhere/.vlmr1-lint.yaml"] = "gpus: 8xH20\n"
    settings = discover(disk)
    assert settings.for_entry("/elsewhere/x.yaml").gpus == "8xH20"
    assert settings.for_entry("/elsewhere/deep/x.yaml") is None


def test_each_file_is_read_once() -> None:
    disk = Disk(_yaml="gpus: 1xL4\n")
    settings = discover(disk)
    for number in range(50):
        settings.for_entry(f"a/{number}.yaml")
        settings.for_file(f"a/{number}.yaml")
    assert sorted(disk.reads) == sorted(set(disk.reads))


def test_unknown_rules_of_the_files_that_were_read() -> None:
    settings = tree(_yaml="ignore: [A001, B999]\n", a___yaml="ignore: [C999]\n")
    settings.for_file("x.yaml")
    assert [problem.values["name"] for problem in settings.unknown_rules({"A001": "a-b"})] == ["B999"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("gpus: 1xL4\nextend: [a.yaml, ../b.yaml]\n", "2:18: extend: ../b.yaml"),
        ("extend: /b.yaml\n", "1:1: extend: /b.yaml"),
        ("rules: [lint, /etc]\n", "1:15: rules: /etc"),
        ("rules: a/../..\n", "1:1: rules: a/../.."),
        ("baseline: ../b.json\n", "1:1: baseline: ../b.json"),
    ],
)
def test_what_settings_have_us_read_lies_inside(text: str, told: str) -> None:
    settings = tree(_yaml=text, a_yaml="gpus: 1xL4\n")
    with pytest.raises(SettingsError) as error:
        settings.for_root()
    assert str(error.value) == f".vlmr1-lint.yaml:{told} is outside of the repository: settings read only what is inside"


def test_what_lies_outside_is_told_at_once_and_not_read() -> None:
    disk = Disk(_yaml="rules: [/x, ../y]\nbaseline: ../b.json\nextend: ../z.yaml\n")
    settings = discover(disk)
    with pytest.raises(SettingsError) as error:
        settings.for_root()
    assert [problem.line for problem in error.value.problems] == [1, 1, 2, 3]
    assert not [path for path in disk.reads if ".." in path]


def test_names_that_only_look_like_outside() -> None:
    settings = tree(a___yaml="extend: ../.vlmr1-lint.yaml\n", _yaml="rules: ..lint\nbaseline: a/../b.json\n")
    root = settings.for_root()
    assert root is not None and root.rules == ("..lint",) and root.baseline == "b.json"
    assert settings.for_entry("a/x") is not None


def test_a_link_that_leads_out_is_outside() -> None:
    settings = discover(Disk(_yaml="rules: linked\n"), lambda path: path != "linked")
    with pytest.raises(SettingsError, match="rules: linked is outside"):
        settings.for_root()
