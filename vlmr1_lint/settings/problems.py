"""What is wrong with a settings file, with its place and in both languages."""

from __future__ import annotations

from itertools import islice

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["MAX_PROBLEMS", "SettingsProblem", "first_of", "suggestion"]

MAX_PROBLEMS = 50
"""Problems of one settings file that are told; of more only how many there are. A screen of them is enough to begin with."""

_SENTENCES: dict[str, tuple[str, str]] = {
    "unknown": ("unknown setting {name!r}", "未知的设置 {name!r}"),
    "unknown-rule": ("{setting}: there is no rule {name!r}", "{setting}：没有规则 {name!r}"),
    "choice": ("{setting} must be one of {choices}, not {found}", "{setting} 必须是 {choices} 之一，而不是 {found}"),
    "missing": ("{setting} needs {name!r}", "{setting} 缺少 {name!r}"),
    "text": ("{setting} must be text, not {found}", "{setting} 必须是文本，而不是 {found}"),
    "number": ("{setting} must be a whole number, not {found}", "{setting} 必须是整数，而不是 {found}"),
    "amount": ("{setting} must be a number, not {found}", "{setting} 必须是数字，而不是 {found}"),
    "range": ("{setting} is out of range: {found}", "{setting} 超出范围：{found}"),
    "yes-or-no": ("{setting} must be true or false, not {found}", "{setting} 必须是 true 或 false，而不是 {found}"),
    "list": ("{setting} must be a list of texts, not {found}", "{setting} 必须是文本列表，而不是 {found}"),
    "table": ("{setting} must be a table of names and values, not {found}", "{setting} 必须是名称和值的表，而不是 {found}"),
    "empty": ("{setting} must not be empty", "{setting} 不能为空"),
    "image": (
        "{setting} must be WIDTHxHEIGHT in pixels, such as 640x480, not {found}",
        "{setting} 必须是 宽x高（像素），例如 640x480，而不是 {found}",
    ),
    "size": (
        "{setting} must be a size with its unit, such as 512GiB, not {found}",
        "{setting} 必须是带单位的大小，例如 512GiB，而不是 {found}",
    ),
    "invalid": ("{setting} is not valid: {found}", "{setting} 无效：{found}"),
    "root-only": (
        "{name} belongs in the root settings file, {root}: one run has one of it",
        "{name} 只能写在根设置文件 {root} 中：一次运行只有一个",
    ),
    "not-root": (
        "{name} would have no effect: a run has one of it, said by the settings of the folder it starts in or above; write it in"
        " the root's {root}, or start in {folder}",
        "{name} 不会生效：一次运行只有一个，由启动目录或其上级目录的设置决定；请写入根目录的 {root}，或在 {folder} 中启动",
    ),
    "syntax": ("this is not {language}: {detail}", "不是有效的 {language}：{detail}"),
    "duplicate": ("{name!r} is written twice", "{name!r} 写了两次"),
    "no-settings": ("there are no settings for vlmr1-lint here", "这里没有 vlmr1-lint 的设置"),
    "no-mapping": ("the file must hold names and values", "文件必须由名称和值组成"),
    "outside": (
        "{setting}: {name} is outside of the repository: settings read only what is inside",
        "{setting}：{name} 在仓库之外：设置只能读取仓库内的文件",
    ),
    "extend-missing": ("extend: there is no settings file {name}", "extend：没有设置文件 {name}"),
    "extend-cycle": ("extend: {name} extends itself", "extend：{name} 引用了自己"),
    "more": ("{count} more problems in this file", "该文件中还有 {count} 个问题"),
    "extend-many": (
        "extend: more than {count} settings files are taken in, those that they extend included",
        "extend：引用的设置文件（包括被其引用的文件）超过 {count} 个",
    ),
    "did-you-mean": ("; did you mean {meant!r}?", "；是否想写 {meant!r}？"),
}


@value
class SettingsProblem:
    """One thing that is wrong with the settings file *path*, at 1-based *line* and *column*.

    ``code`` names the sentence, ``values`` fill it; ``meant`` is what the author probably wanted to write, or ``""``.
    """

    path: str
    line: int
    column: int
    code: str
    values: Mapping[str, str]
    meant: str = ""

    def message(self, lang: str = "en") -> str:
        """The sentence, in one line."""
        zh = lang == "zh"
        values = dict(self.values)
        if "detail" in values:
            from vlmr1_lint.chinese import translated

            values["detail"] = translated(values["detail"], lang)
        text = _SENTENCES[self.code][zh].format(**values)
        return text + _SENTENCES["did-you-mean"][zh].format(meant=self.meant) if self.meant else text

    def told(self, lang: str = "en") -> str:
        """``path:line:column: message``."""
        return f"{self.path}:{self.line}:{self.column}: {self.message(lang)}"


def first_of(problems: Iterable[SettingsProblem], count: int) -> list[SettingsProblem]:
    """The first *problems*, `MAX_PROBLEMS` at most, and how many of *count* they leave out; the others are not even made."""
    told = list(islice(problems, MAX_PROBLEMS))
    if count > MAX_PROBLEMS:
        last = told[-1]
        told.append(SettingsProblem(last.path, last.line, last.column, "more", {"count": str(count - MAX_PROBLEMS)}))
    return told


def suggestion(word: str, known: Iterable[str]) -> str:
    """The known word that *word* is a misspelling of, or ``""``; hyphens against underscores count as no edit."""
    from vlmr1_lint.nearest import nearest

    spelt = {name.replace("-", "_"): name for name in known}
    return spelt.get(nearest(word, spelt) or "", "")
