"""Scripts put together at random, of what people write in launch scripts: quotes, expansions, arrays, loops, aliases passed by.

One generator for all runs: hypothesis hands it a `random.Random` of its own (and so shrinks what it finds), the long runs a seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

__all__ = ["START", "script"]

START = "A=a/b.c\nB='x  y'\nC=\nX=(1 'p q')\nY=()\n"
"""What every script begins with, so that names say something."""
NAMES = "ABC"
ARRAYS = "XY"
FLAGS = ("--a", "--bb", "--c-d", "--e_f")
BLANKS = (" ", " ", "  ", "\t", " \\\n  ", "\\\n ")
LETTERS = "abz019._/:,+=@%-"
DEFAULTS = (":-", "-", ":+", ":=", "=", "+")
PATTERNS = (
    "// /-", "/ /_", "//x/y", "/x", "//[[:space:]]/", "// ", "///", "/a/&", "//\\//_", "/#a/b", "/%c/d", "//$A/b", "//x/$B",
    "//./", "/'x'/y", "//\"x\"/y", "/*/x", "//?/x",
    "%/*", "##*/", "#a", "%%.*", "%.c", "# ", "#*/", "%[[:alpha:]]", "#$A", "#\"$A\"", "%'c'", "##* ", "#x ", "%\\c", "##?",
    "^^", ",,", "^", ":1", ":1:2", ": -1", ":0:3", "@Q",
)  # fmt: skip
ANSI = (
    "\\n",
    "\\t",
    "\\cA",
    "\\c?",
    "\\x41",
    "\\x4",
    "\\u00e9",
    "\\101",
    "\\0",
    "\\q",
    "\\'",
    '\\"',
    "\\E",
    "\\?",
    "\\\\",
    "\\xe9",
    "a",
    " ",
    "中",
    "$A",
)
BRACES = (
    "x{1,$A}",
    "{a,b}",
    "a{,b}",
    '{1,"2"}',
    "{1..3}",
    "{a,{b,c}}",
    "x{$A,}y",
    "{a}",
    "{,}",
    "{}",
    "{a,b",
    "a,b}",
    "{'a',b}",
    '"{a,b}"',
    "\\{a,b}",
    "${A}{1,2}",
)
COMMANDS = (
    "\\rm -rf x/y", "\\cp a b", '\\rm -rf "$A/cache"', "\\echo a", "\\mv a b\\\n  c", "rm x", ":", "true",
    "echo 'a\nb'", "cd .", "\\cd .",
    "cat <<EOF\n'\" ` $A\nEOF", "cat <<'E F' >/dev/null\n$( \" \nE F", "cat <<-X\n\ty\n\tX", "[ -n \"$A\" ] && echo a",
    "# it's a note",
    "case $A in a) echo b;; *) echo c;; esac", "if [ 1 -lt 2 ]; then echo a; fi", "while false; do echo; done",
    "((1 < 2))", "[[ a =~ (a|b) ]]",
    "{ echo a; }", "( echo a )", "echo $(echo ')' # '\n)", "a=1 b=2", "! false", "echo a | cat", "echo a &", "wait",
    "unset C", "set -e; set +e",
    "echo \"a`echo b`\"", "echo \\", "echo a \\\n\\\n b",
)  # fmt: skip


SEPARATORS = (",", "/", "$' \\t\\n'", "", "'x'", ".")
GAPS = ("\n", "\n\n", " \n  ", " # note\n")


def script(random: Random) -> str:
    """One script."""
    return START + "\n".join(_statement(random) for _ in range(random.randint(1, 6))) + random.choice(("\n", "\n", "", "\n\n"))


def _many(random: Random, make: Callable[[Random], str], low: int, high: int, between: str = "") -> str:
    return between.join(make(random) for _ in range(random.randint(low, high)))


def _letters(random: Random, low: int = 1) -> str:
    return _many(random, lambda one: one.choice(LETTERS), low, 4)


def _number(random: Random) -> str:
    return str(random.randint(0, 40))


def _default(random: Random) -> str:
    kind = random.randrange(7)
    if kind == 0:
        return ""
    if kind == 1:
        return f'"{_letters(random)} {_letters(random)}"'
    if kind == 2:
        return f"{_letters(random)} {_letters(random)}"
    if kind == 3:
        return f"${random.choice(NAMES)}"
    if kind == 4:
        return f"${{{random.choice(NAMES)}:-{_default(random)}}}"
    if kind == 5:
        return f"'{_letters(random)}'"
    return _letters(random)


def _expansion(random: Random) -> str:
    kind = random.randrange(8)
    name, array = random.choice(NAMES), random.choice(ARRAYS)
    if kind == 0:
        return f"${{{name}}}"
    if kind == 1:
        return f"${{{random.choice((name, name, 'U'))}{random.choice(DEFAULTS)}{_default(random)}}}"
    if kind == 2:
        return f"${{{array}{random.choice(('[0]', '[1]', '[-1]', '[$C]', '', '[5]'))}}}"
    if kind == 3:
        return f"$(({_number(random)} {random.choice('+-*')} {_number(random)}))"
    if kind == 4:
        return random.choice((f"${{#{name}}}", f"${{#{array}[@]}}", f"${{#{array}[*]}}"))
    if kind == 5:
        return f"${{{name}{random.choice(PATTERNS)}}}"
    if kind == 6:
        return f"${name}"
    return random.choice(
        (
            f"${{{array}[@]}}",
            f"${{{array}[*]}}",
            "$@",
            "$*",
            "$#",
            "$$",
            "$",
            f"${{!{name}}}",
            "`echo a`",
            "$(echo b)",
            f"${{{array}[@]:1}}",
        )
    )


def _inside(random: Random) -> str:
    kind = random.randrange(4)
    if kind == 0:
        return _letters(random)
    if kind == 1:
        return random.choice((" ", "  ", "'", "#", "{a,b}", "~", "\n", ")", "("))
    if kind == 2:
        return random.choice((r"\"", r"\$", r"\\", r"\a", "\\\n", r"\`", "中"))
    return _expansion(random)


def _double(random: Random) -> str:
    return '"' + _many(random, _inside, 0, 4) + '"'


def _single(random: Random) -> str:
    return "'" + _many(random, lambda one: one.choice('ab $"\\#中{},\n'), 0, 4) + "'"


def _part(random: Random) -> str:
    kind = random.randrange(11)
    if kind <= 1:
        return _letters(random)
    if kind <= 3:
        return _double(random)
    if kind == 4:
        return _single(random)
    if kind == 5:
        return random.choice(
            (r"a\ b", r"b\ a", r"a\$", r"a\"", r"b\a", r"a\\", r"a\#", "中", r"\~", r"\ ", "a#b", r"\'", "a\\\nb")
        )
    if kind == 6:
        return "$'" + _many(random, lambda one: one.choice(ANSI), 0, 3) + "'"
    if kind == 7:
        return "$" + _double(random) if random.random() < 0.5 else random.choice(BRACES)
    if kind == 8:
        return random.choice(
            ('"${Y[@]}"', '"${X[@]}"', '"${Y[*]}"', '"a${Y[@]}"', '"${Y[@]}b"', '"$C${Y[@]}"', "~", "~/a", "~nobody1")
        )
    return _expansion(random)


def _word(random: Random) -> str:
    return _many(random, _part, 1, 3)


def _value(random: Random) -> str:
    return random.choice((_word, _word, _double, _single, lambda _: ""))(random)


def _listed(random: Random) -> str:
    array = random.choice(ARRAYS)
    kind = random.randrange(5)
    forms = ('"${%s[@]}"', "${%s[@]}", '"${%s[*]}"')
    return forms[kind] % array if kind < 3 else _word(random)


def _argument(random: Random) -> str:
    kind = random.randrange(8)
    flag = random.choice(FLAGS)
    if kind <= 2:
        return flag + random.choice(BLANKS) + _word(random)
    if kind <= 4:
        return f"{flag}={_word(random)}"
    if kind == 5:
        return flag
    if kind == 6:
        return random.choice(("> log", "2>&1", "2> log", "< /dev/null", "&> log", "<<< x", "`# a note`", ">> log"))
    return _listed(random)


def _command(random: Random) -> str:
    name = random.choice(
        ("torchrun", "torchrun", "torchrun", "\\torchrun", "nohup torchrun", "env Q=1 torchrun", 'Q="a b" torchrun')
    )
    gap = random.choice(BLANKS[:-1])
    return gap.join([name, "t_grpo.py", *(_argument(random) for _ in range(random.randint(0, 5)))])


def _flags(random: Random) -> str:
    return _many(random, lambda one: f"{one.choice(FLAGS)} {_letters(one)}", 0, 3, " ")


def _statement(random: Random) -> str:
    name, array, flag = random.choice(NAMES), random.choice(ARRAYS), random.choice(FLAGS)
    command = _command(random)
    kind = random.randrange(24)
    if kind == 0:
        return f"{name}{random.choice(('=', '+='))}{_value(random)}"
    if kind == 1:
        return f"export {name}={_value(random)}"
    if kind == 2:
        return f"{array}{random.choice(('=', '+='))}({_many(random, _listed, 0, 3, ' ')})"
    if kind == 3:
        return f'if [ -n "$Z" ]; then {array}+=({_many(random, _argument, 1, 2, " ")}); fi'
    if kind == 4:
        return f'if [ -z "$Z" ]; then {name}="${name} {flag} {_letters(random)}"; fi\ntorchrun t_grpo.py ${name} --c-d 1'
    if kind == 5:
        return command + random.choice((" > log 2>&1", " 2>&1 | cat", " &\nwait", " || true", " && echo", "; echo", " # it's"))
    if kind == 6:
        return random.choice(("({})", "({}\n)", "{{ {}\n}}", "if true; then\n{}\nfi")).format(command)
    if kind == 7:
        return f"{name}={_value(random)} {command}"
    if kind == 8:
        return f"for {name} in {_many(random, random.choice((_letters, _double, _single, _word)), 1, 3, ' ')}; do {command}\ndone"
    if kind == 9:
        return f'{name}() {{ {command} $1 "$2"\n}}\n{name} {_many(random, _word, 0, 2, " ")}'
    if kind == 10:
        return f'C="{_flags(random)}"\ntorchrun t_grpo.py $C'
    if kind == 11:
        return f'C="torchrun t_grpo.py {flag} \\${name}"\neval "$C"'
    if kind == 12:
        return f"export {name}\nbash -c 'torchrun t_grpo.py {flag} \"${name}\"'"
    if kind == 13:
        return f"IFS={random.choice(SEPARATORS)}" + random.choice(("", f"\n{command}", f"\n{command}\nunset IFS"))
    if kind == 14:
        items = _many(random, _argument, 0, 3, random.choice(" \n"))
        return f"{array}=({items})\n{command} " + random.choice(('"${%s[@]}"', "${%s[@]}")) % array
    if kind == 15:
        return f"{array}[{random.randint(0, 2)}]={_value(random)}"
    if kind == 16:
        line = command.replace("\\\n", "")
        return ":" if "\n" in line else f"bash <<EOF\n{line}\nEOF"
    if kind <= 19:
        return f"{command}{random.choice(GAPS)}{random.choice(COMMANDS)}"
    if kind == 20:
        return random.choice(COMMANDS)
    return command
