"""What rooms say that know no language, in Chinese: reasons, refusals, errors of words that users give.

Those rooms raise errors whose message is the English sentence; whoever tells it to the user passes it through `translated`. A
test holds that every such sentence of the package is in the table.
"""

from __future__ import annotations

__all__ = ["translated"]

_CHINESE: tuple[tuple[str, str], ...] = (
    # assumptions (training/joining.py)
    (
        r"DeepSpeed ZeRO stage (\d) with offload from the file name (.+)",
        r"由文件名 \2 推断为 DeepSpeed ZeRO-\1（带 offload）",
    ),
    (r"DeepSpeed ZeRO stage (\d) from the file name (.+)", r"由文件名 \2 推断为 DeepSpeed ZeRO-\1"),
    # assumptions (explaining/plan.py)
    (
        r"(.+) cannot load this model's reference under ZeRO-3 \(rule (\w+)\): the forecast is of a trainer that can",
        r"\1 在 ZeRO-3 下无法加载该模型的参考模型（规则 \2）：此处按能够加载的训练器估计",
    ),
    (r"one process for each GPU: world size (.+)", r"每张 GPU 一个进程：world size 为 \1"),
    (r"(.+): usable memory not measured, taken as (.+) of its nominal size", r"\1：可用显存未经实测，按标称容量的 \2 计"),
    (r"the trainer's version decides: (.+) needs the most", r"取决于训练器版本：\1 需要的最多"),
    (r"SFT: the text of a sample, answer included, is --prompt-tokens long", "SFT：样本文本（含回答）的长度取 --prompt-tokens"),
    (r"SFT: every sample is as long as max_length allows", "SFT：每个样本都取 max_length 允许的最大长度"),
    # samples measured (explaining/measured.py)
    (r"(\d+) rows, (\d+) images", r"\1 行、\2 张图像"),
    (r"(\d+) rows, (\d+) of (\d+) images", r"\1 行，\3 张图像中读到 \2 张"),
    (r"(\d+) rows, (\d+) of (\d+) images \(no folder (.+)\)", r"\1 行，\3 张图像中读到 \2 张；没有文件夹 \4"),
    (r"the run names no data files \(data_file_paths\)", "该训练没有给出数据文件（data_file_paths）"),
    (r"no rows that can be read on this machine: (.+)", r"本机没有能读取的数据行：\1"),
    (r"reading image sizes needs the package imagesize: (.+)", r"读取图像尺寸需要 imagesize 包：\1"),
    # logs (explaining/memory_log.py)
    (
        r"no memory figure: give the output of (.+), a trainer's log with one (\(.+\)), or the CUDA out of memory message",
        r"没有显存数字：请给出 \1 的输出、含有显存数字的训练日志\2，或 CUDA 显存不足（OOM）的报错",
    ),
    # who reads the files, and where hardware is said (training/)
    (r"(.+) was read", r"读取了 \1"),
    (r"(.+) pins (trl.+)", r"\1 固定为 \2"),
    (r"(.+) is VLM-R1's training script", r"\1 是 VLM-R1 的训练脚本"),
    (r"(\w+) is an option of (.+) only", r"\1 是 \2 独有的选项"),
    (r"(\w+) is an option of (TRL's \w+|R1-V)", r"\1 是 \2 的选项"),
    (r"its options are common to all TRL trainers", "其选项为 TRL 各训练器所共有"),
    (r"its script trains with GRPO, and (.+)", r"其脚本用 GRPO 训练，且 \1"),
    (r"its script trains with (.+)", r"其脚本用 \1 训练"),
    (r"TRL's (\w+)", r"TRL 的 \1"),
    (r"(--trainer|settings|comment) says (.+)", r"\1指定 \2"),
    (r"comment", "注释"),
    (r"launch script", "启动脚本"),
    # values of options (commands/options.py)
    (r"(.+) is no size: write it like 512GiB", r"\1 不是大小：写法如 512GiB"),
    (r"(.+) is no count", r"\1 不是数量"),
    (r"(.+) is no image size: write it like 640x480", r"\1 不是图像尺寸：写法如 640x480"),
    (r"(.+) names no file", r"\1 没有给出文件"),
    (r"(.+) names no rule", r"\1 没有给出规则"),
    (r"unknown format (.+): one of (.+)", r"未知的格式 \1，可选：\2"),
    (r"an empty value", "值为空"),
    # rules, fleets and trainers (checking/catalogue.py, training/fleet.py, training/releases.py, sources/hardware.py)
    (r"unknown rule ('.+?') \(did you mean (.+)\?\)", r"未知的规则 \1（是否想写 \2？）"),
    (r"unknown rule ('.+')", r"未知的规则 \1"),
    (r"(.+) of (.+) is a built-in rule: take another id and name", r"\2 中的 \1 与内置规则重名：请换一个编号和名称"),
    (r"(.+) names no card: write COUNTxCARD, as in 4xA100-40G", r"\1 没有给出显卡：写法为 数量x显卡，例如 4xA100-40G"),
    (r"(.+): a count must be between 1 and (.+)", r"\1：数量必须在 1 到 \2 之间"),
    (
        r"(.+): unknown card (.+?); write a name such as A100-40G, the memory alone as in 8x48G, or a cloud instance",
        r"\1：未知的显卡 \2；请写 A100-40G 这样的名称、8x48G 这样的显存，或云实例的名称",
    ),
    (r"(.+): (.+) may be (.+); write which", r"\1：\2 可能是 \3，请写明是哪一种"),
    (
        r"unknown trainer (.+); known: (.+), with a version where needed \((.+)\)",
        r"未知的训练器 \1；已知：\2，必要时加上版本（\3）",
    ),
    (r"bad trainer selector (.+); write it like (.+)", r"训练器写法有误：\1；请写成 \2 这样"),
    (
        r"--gpus local: nvidia-smi did not answer \((.+)\); write the cards: 4xA100-40G",
        r"--gpus local：nvidia-smi 没有应答（\1）；请直接写显卡：4xA100-40G",
    ),
    (
        r"--gpus local: nvidia-smi found no card; write the cards: 4xA100-40G",
        "--gpus local：nvidia-smi 没有找到显卡；请直接写显卡：4xA100-40G",
    ),
    (
        r"--gpus local: this machine has different cards \((.+)\); write which: 4xA100-40G",
        r"--gpus local：本机有不同的显卡（\1）；请写明是哪一种：4xA100-40G",
    ),
    # baselines (checking/baseline.py, commands/check.py)
    (r"(.+): no such baseline: write one with --write-baseline (.+)", r"\1：没有这个基线文件：可用 --write-baseline \2 生成"),
    (r"(.+) is not JSON: (.+)", r"\1 不是 JSON：\2"),
    (r"(.+) is no baseline: write one with --write-baseline (.+)", r"\1 不是基线文件：可用 --write-baseline \2 生成"),
    (r"(.+) is a baseline of version (.+), this tool reads version (.+)", r"\1 是版本 \2 的基线文件，本工具读取版本 \3"),
    (
        r"(.+): an entry has no fingerprint of its own: write the file anew with --write-baseline (.+)",
        r"\1：有条目没有自己的指纹：请用 --write-baseline \2 重新生成",
    ),
    # files (sources/files.py)
    (r"it is a link that leads out of the repository", "它是指向仓库之外的链接"),
    (r"it changed while it was being linted; run again", "检查期间文件被修改，请重新运行"),
    (r"it is read-only", "文件只读"),
    (r"its folder does not exist", "所在文件夹不存在"),
    (r"it is no plain file", "不是普通文件"),
    (r"it is there already", "文件已存在"),
    (r"no such file or directory", "没有这个文件或文件夹"),
    (r"permission denied", "权限不足"),
    (r"no space left on device", "磁盘已满"),
    (r"is a directory", "这是文件夹"),
    (r"too many levels of symbolic links", "符号链接循环"),
    (r"file name too long", "文件名过长"),
    (r"cannot be read: (.+)", r"无法读取：\1"),
    # what a file is (documents/recognise.py)
    (r"settings", "设置"),
    (r"(.+) says (?:ignore|so)", r"\1中指定"),
    (r"a comment", "注释"),
    (r"no YAML, JSON or shell script", "不是 YAML、JSON 或 shell 脚本"),
    (r"none of our names is in it", "其中没有我们认识的名称"),
    (r"(.+): a model's config.json", r"\1：这是模型的 config.json"),
    (r"(.+): the state of a checkpoint", r"\1：这是检查点的状态文件"),
    (r"it has (.+) and (.+) options in all", r"含有 \1，共 \2 个已知选项"),
    (r"it cannot be read, but has (.+)", r"无法读取，但含有 \1"),
    (r"it has (.+)", r"含有 \1"),
    (r"its datasets have a json_path", "其 datasets 含有 json_path"),
    (r"fewer than (.+) of our options, or none that only such trainers have", r"已知选项不足 \1 个，或没有此类训练器特有的选项"),
    (r"it cannot be read, and fewer than (.+) known names are in it", r"无法读取，且已知名称不足 \1 个"),
    (r"too few of our options", "已知选项太少"),
    (r"no mapping of our options", "不是由已知选项组成的映射"),
    (r"no mapping", "不是映射"),
    (r"it cannot be read, and none of our names is in it", "无法读取，且其中没有我们认识的名称"),
    (r"no DeepSpeed option at its top level", "顶层没有 DeepSpeed 选项"),
    (r"no launcher is in it", "其中没有启动命令"),
    (r"no option of ours is in its commands", "其命令中没有已知选项"),
    (r"it starts training with (.+)", r"它用 \1 启动训练"),
    (r"it turns a YAML file into flags", "它把 YAML 文件转成命令行选项"),
    (r"algorithm and trainer: verl", "algorithm 与 trainer：verl"),
    # guards (fixing/guard.py)
    (r"it changes nothing", "不会带来任何改变"),
    (r"(\S+) would still be there", r"\1 仍会存在"),
    (r"(\S+) would be new: (.+)", r"会新出现 \1：\2"),
    (r"(\S+) is also used by (.+), which this would break", r"\1 也被 \2 使用，此修改会破坏它"),
    # refused changes (documents/)
    (r"a (\S+) file cannot be changed", r"\1 文件不能修改"),
    (r"two changes touch the same place", "两处修改落在同一位置"),
    (r"two changes contradict each other", "两处修改互相矛盾"),
    (r"a repair goes alone", "语法修复只能单独进行"),
    (r"(.+) has no other spelling", r"\1 没有别的写法"),
    (r"(.+) would not be spelled as declared", r"\1 不会写成声明的样子"),
    (r"no comment stands behind (.+) on its one line", r"\1 所在的单行之后没有注释"),
    (r"the text does not lack its last line break there", "该处文件末尾并不缺少换行符"),
    (r"the last line would still not end", "最后一行仍没有换行符"),
    (r"a comment would be lost", "会丢失注释"),
    (r"the file cannot be read", "文件无法读取"),
    (r"the old text cannot be read", "原文无法读取"),
    (r"the old text can be read as it is", "原文本来就能读取"),
    (r"the new text cannot be read: (.+)", r"修改后的文本无法读取：\1"),
    (r"the mended text means something else", "修复后的文本含义不同"),
    (r"more than indentation and quotes would change", "除缩进和引号外还会改变别的内容"),
    (r"another option would change", "会改变别的选项"),
    (r"the value would not arrive", "该值不会生效"),
    (r"each round of the loop has its own value", "循环的每一轮都有自己的取值"),
    (r"the document", "文档"),
    (r"unknown action (.+)", r"未知的操作 \1"),
    (r"(.+) is not there", r"\1 不存在"),
    (r"(.+) is there twice", r"\1 出现了两次"),
    (r"(.+) is there already", r"\1 已经存在"),
    (r"(.+) has no key that can be renamed", r"\1 没有可以改名的键"),
    (r"(.+) cannot be changed", r"\1 不能修改"),
    (r"(.+) would differ from what was declared", r"\1 会与声明的不同"),
    (r"(.+) would not have the declared value", r"\1 不会得到声明的值"),
    (r"(.+) would not have the declared name", r"\1 不会得到声明的名称"),
    (r"(.+) of command (\d+) would change too", r"第 \2 条命令的 \1 也会改变"),
    (r"the number of training commands would change", "训练命令的数量会改变"),
    (r"the command itself would change", "命令本身会改变"),
    (r"bash would not read the script", "bash 将无法读取该脚本"),
    (r"no entry would be left to insert beside", "没有可以在旁边插入的条目"),
    (r"no entry of (.+) would be left", r"\1 将没有任何条目"),
    (r"(.+) cannot take (.+)", r"\1 不能容纳 \2"),
    (r"there is no (.+) to mend", r"没有需要修复的 \1"),
    (r"(.+) cannot be mended(?: here)?", r"\1 无法修复"),
    (r"the text has another fault besides", "文本还有别的错误"),
    (r"a value of type (\S+) cannot be written", r"\1 类型的值无法写出"),
    (r"(.+) cannot be written as a flag's value", r"\1 不能写成命令行选项的值"),
    (r"the entry before it keeps the blank lines after it", "前一个条目包含其后的空行"),
    (r"the entry before it would get a line break more", "前一个条目会多出一个换行"),
    (r"(.+) has no brackets", r"\1 没有括号"),
    (r"(.+) is a flow collection of several lines(?: or without brackets)?", r"\1 是跨多行的流式集合"),
    (r"another value follows on the same line", "同一行还有别的值"),
    (r"the mapping begins in the middle of a line", "映射从行中间开始"),
    (r"a comment stands inside the value", "值中有注释"),
    (r"a sequence cannot be made by setting one of its items", "不能只设置一项来生成列表"),
    (r"mapping", "映射"),
    (r"sequence", "列表"),
    (r"two changes are about (.+)", r"两处修改针对 \1"),
    (r"what follows would become a part of the text before it", "后面的内容会变成前面文本的一部分"),
    (r"(.+) shares its line with a dash", r"\1 与短横线在同一行"),
    (r"a comment stands before the next entry", "下一个条目之前有注释"),
    (r"the item does not begin on the line of its dash", "该项不从短横线所在的行开始"),
    (r"it is outside of the repository", "它在仓库之外"),
    (r"nvidia-smi did not answer \((.+)\)", r"nvidia-smi 没有应答（\1）"),
    (r"nvidia-smi found no card", "nvidia-smi 没有找到显卡"),
    (r"this machine has different cards \((.+)\)", r"本机有不同的显卡（\1）"),
    (r"--gpus local: (.+); write (?:the cards|which): 4xA100-40G", r"--gpus local：\1；请直接写显卡：4xA100-40G"),
    (r"(.+) has a tag", r"\1 带有标签"),
    (r"no entry of the mapping would be left", "映射将没有任何条目"),
    (r"(.+) has no colon", r"\1 没有冒号"),
    (r"a sequence item without a value cannot become a mapping", "没有值的列表项不能变成映射"),
    (r"spaces for tabs do not make the text readable", "把制表符换成空格后仍无法读取"),
    (r"how many spaces a tab stands for changes the meaning", "一个制表符相当于几个空格会影响含义"),
    (r"quotes do not make the text readable", "加引号后仍无法读取"),
    (r"more than (.+) lines", r"超过 \1 行"),
    (r"the colon is that of the key", "该冒号属于键"),
    (r"the value is not a plain one", "该值不是普通标量"),
    (r"(.+) is a whole document", r"\1 是整个文档"),
    (r"(.+) is the only entry of its (\S+)", r"\1 是唯一的条目"),
    (r"(.+) has merge keys", r"\1 含有合并键"),
    (r"(?:(.+) )?comes through an alias", r"\1 来自别名"),
    (r"(?:(.+) )?comes through a merge key", r"\1 来自合并键"),
    (r"(?:(.+) )?is used by an alias elsewhere", r"\1 在别处被别名引用"),
    (r"comes from (.+)", r"来自 \1"),
    (r"no such flag", "没有这个命令行选项"),
    (r"no such training command", "没有这条训练命令"),
    (r"a script has no (.+)", r"脚本没有 \1"),
    (r"the value has no flag", "该值没有对应的命令行选项"),
    (r"only a flag can be added", "只能添加命令行选项"),
    (r"the command has to be mended before other changes", "须先修复该命令"),
    (r"the script would not be mended", "脚本不会因此修复"),
    (r"a part of (.+?) (is used by an alias elsewhere|.+)", r"\1 的一部分\2"),
    (r"(.+) is no (\S+)", r"\1 不是\2"),
)
"""Whole sentences as regular expressions → Chinese; the groups are translated in turn."""


def translated(text: str, lang: str) -> str:
    """*text*, a sentence of a room that speaks English only, in *lang*; as it is where the table has none."""
    if lang != "zh":
        return text
    from re import DOTALL, fullmatch, sub

    for pattern, chinese in _CHINESE:
        match = fullmatch(pattern, text, DOTALL)
        if match:
            parts = [translated(part, lang) if part and part != text else part or "" for part in match.groups()]
            return sub(r"\\(\d)", lambda group: parts[int(group[1]) - 1], chinese).strip()  # noqa: B023 - used at once
    return text
