"""``--help`` in Chinese: the parser's own texts by their English ones. A test holds that every text has its translation."""

from __future__ import annotations

from vlmr1_lint.reporting import FORMATS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

__all__ = ["translate"]

_CHINESE = {
    # argparse's own (CPython Lib/argparse.py)
    "positional arguments": "参数",
    "options": "选项",
    "show this help message and exit": "显示帮助",
    "show program's version number and exit": "显示版本",
    # headings
    "fixing": "修复",
    "the run": "训练任务",
    "settings": "设置",
    "rules": "规则",
    "output": "输出",
    "status": "退出状态",
    "files": "文件",
    # check
    "Find what will fail, and what will not fit, in the files of a GRPO training run.": (
        "检查 GRPO 训练任务的文件：哪些会失败，哪些显存放不下。"
    ),
    "files and folders (default: this folder)": "文件和文件夹（默认：当前文件夹）",
    "write the safe fixes": "写入安全的修复",
    "with --fix: also write fixes that change what is learned": "与 --fix 同用：也写入会改变训练结果的修复",
    "print what --fix would write, write nothing": "只显示 --fix 会写入的内容，不写文件",
    "list the fixes that were written": "列出已写入的修复",
    "write fixes, report nothing that remains": "写入修复，不报告剩余的问题",
    "hardware, [NODESx]COUNTxCARD: 4xA100-40G, 2x8xA100-80G, 8x48G, local": (
        "硬件，[节点数x]数量x显卡：4xA100-40G、2x8xA100-80G、8x48G、local"
    ),
    "who reads the files: vlm-r1, r1-v, trl, trl==0.17.0, trl>=0.18": (
        "由谁读取这些文件：vlm-r1、r1-v、trl、trl==0.17.0、trl>=0.18"
    ),
    "host memory of each node, such as 512GiB": "每个节点的内存，例如 512GiB",
    "images of one sample (default 1)": "每个样本的图像数（默认 1）",
    "size of an image in pixels (default 640x480)": "图像尺寸，像素（默认 640x480）",
    "text tokens of a prompt, without image tokens (default 256)": "提示的文本 token 数，不含图像 token（默认 256）",
    "leave files out: patterns as in .gitignore": "排除文件：写法同 .gitignore",
    "print the files that would be linted, and stop": "只列出会被检查的文件",
    "report only what rests on the files in FILE, the output of git diff": (
        "只报告与 FILE 中的改动有关的问题；FILE 是 git diff 的输出"
    ),
    "read settings from FILE only": "只从 FILE 读取设置",
    "read no settings files": "不读取任何设置文件",
    "language of all words (default en)": "所有文字的语言（默认 en）",
    "colours on a terminal (default auto)": "终端颜色（默认 auto）",
    "only these rules: ID, FAMILY or name": "只用这些规则：编号、类别或名称",
    "leave these rules out": "不用这些规则",
    "these rules too": "另加这些规则",
    "which set of rules to start from (default recommended)": "以哪个规则集为基础（默认 recommended）",
    "a folder of your own rules": "存放自定义规则的文件夹",
    "also read the head of local data files": "同时读取本地数据文件的开头",
    "the run starts on this machine: paths must exist": "任务在本机启动：路径必须存在",
    ", ".join(FORMATS): "、".join(FORMATS),
    "count findings by rule": "按规则统计问题数",
    "print findings only": "只输出问题",
    "say why a file is not linted": "说明文件为什么不检查",
    "list what is found in files unchanged from an upstream repository": "列出与上游仓库完全相同的文件中的问题",
    "list rules that missing facts left undecided": "列出因缺少信息而未能判断的规则",
    "what makes the status 1 (default error)": "何种严重程度使退出状态为 1（默认 error）",
    "status 0 whatever is found": "无论发现什么，退出状态都为 0",
    "status 2 if nothing was recognised": "没有可识别的文件时退出状态为 2",
    "lint standard input as the file NAME": "把标准输入当作文件 NAME 检查",
    "report only what FILE does not hold": "只报告 FILE 中没有的问题",
    "write what is found to FILE": "把发现的问题写入 FILE",
    "leave excluded files out even if they are named": "即使点名也跳过被排除的文件",
    # show, plan
    "text, json, markdown, svg, html (default text)": "text、json、markdown、svg、html（默认 text）",
    "also list every term, assumption, single change and card": "同时列出全部分项、假设、单项修改和显卡",
    "hours that each file's run takes, for the cost by your prices: 6 or 6,20": "各文件的训练时长（小时），用于计费：6 或 6,20",
    "Show how a file is read: kind, trainer, hardware, effective options, and what one update does.": (
        "显示文件如何被读取：种类、训练器、硬件、实际生效的选项，以及一次更新做什么。"
    ),
    "also list options at their defaults": "也列出取默认值的选项",
    "Forecast the memory of a run, and find the smallest change that makes it fit.": (
        "预测训练任务的显存，并找出能放下的最小改动。"
    ),
    "aim at the high end of the forecast, not at the likely one": "以预测的上限为目标，而不是最可能的值",
    "measure the samples: read the heads of local data files and images": "测量样本：读取本地数据文件和图像的开头",
    "write the safe changes, as check --fix does": "写入安全的改动，与 check --fix 相同",
    "with --fix: also changes of the experiment": "与 --fix 同用：也写入改变实验的改动",
    # calibrate
    "peak of one GPU as nvidia-smi shows it: 31.2GiB": "nvidia-smi 显示的单卡峰值：31.2GiB",
    "output of nvidia-smi (its table, or csv), a trainer's log, or the CUDA out of memory message; - is standard input": (
        "nvidia-smi 的输出（表格或 csv）、训练日志，或 CUDA 显存不足的报错；- 表示标准输入"
    ),
    "Compare a measured peak of GPU memory with the estimate, and say what explains the difference.": (
        "把实测的显存峰值与预估值对照，并说明差异的原因。"
    ),
    "write the data that explains it into the settings": "把能解释差异的数据写入设置",
    "tokens of the longest answers so far, if the log does not say": "目前最长回答的 token 数（日志中没有时）",
    "do not write to the settings": "不写入设置",
    # rules
    "Explain a rule.": "解释一条规则。",
    "List all rules.": "列出全部规则。",
    "only the rules of this preset": "只列出该规则集中的规则",
    "Run the examples that rules bring.": "运行规则自带的示例。",
    "a folder of rules (default: the built-in rules)": "规则文件夹（默认：内置规则）",
    "Start a rule of your own.": "新建一条自定义规则。",
    "names the bad pattern: too-many-generations": "给不良写法命名：too-many-generations",
    "the rule's id (default OWN001)": "规则编号（默认 OWN001）",
    "where to write it (default: here)": "写到哪里（默认：当前文件夹）",
    # server
    "Serve editors over standard input and output (Language Server Protocol).": (
        "通过标准输入和输出为编辑器服务（语言服务器协议）。"
    ),
    "the default and only way: many editors say it": "默认且唯一的方式，许多编辑器会写上它",
    # schema, completion
    "Print a JSON Schema.": "输出 JSON Schema。",
    "for args: whose options (default vlm-r1@head)": "用于 args：谁的选项（默认 vlm-r1@head）",
    "Print a completion script for a shell.": "输出 shell 的补全脚本。",
}


def translate(parser: argparse.ArgumentParser) -> None:
    """Put *parser*'s description, headings and help into Chinese; what has no translation stays."""
    parser.description = _CHINESE.get(parser.description or "", parser.description)
    for group in parser._action_groups:
        group.title = _CHINESE.get(group.title or "", group.title)
    for action in parser._actions:
        if action.help:
            action.help = _CHINESE.get(action.help, action.help)
