"""What ``plan`` says in either language, and the letters of its bars."""

from __future__ import annotations

from vlmr1_lint.memory.part_names import CHINESE
from vlmr1_lint.phrases import Phrases

__all__ = ["LETTERS", "part_name", "say"]

LETTERS = {
    "parameters": "P",
    "gradients": "G",
    "optimizer": "O",
    "reference": "R",
    "gathered": "W",
    "activations": "A",
    "vision_activations": "V",
    "logits": "L",
    "buffered_inputs": "I",
    "kv_cache": "K",
    "vllm_pool": "M",
    "communication": "N",
    "context": "C",
}
"""A letter for each term: bars are read without colour."""

_WORDS = {
    "fits": ("fits", "放得下"),
    "tight": ("tight: fits unless memory is fragmented or images are large", "紧张：碎片或大图可能导致超出"),
    "tight-of-text": ("tight: fits unless memory is fragmented", "紧张：碎片可能导致超出"),
    "likely-oom": ("likely out of memory", "很可能显存不足"),
    "oom": ("out of memory", "显存不足"),
    "unknown": ("unknown", "未知"),
    "rejected": ("rejected", "会被拒绝"),
    "host-oom": ("more host RAM than a node has", "超出单机内存"),
    "verdict": (
        "{path}: {verdict}: {likely} GiB of {usable} on each of {count} {gpu} ({low} to {high})",
        "{path}：{verdict}：{count} 张 {gpu} 每卡 {likely} GiB，可用 {usable}（{low} 至 {high}）",
    ),
    "verdict-of-some": (
        "{path}: {verdict}: {likely} GiB of {usable} on each of the {used} of {count} {gpu} that it uses ({low} to {high})",
        "{path}：{verdict}：{count} 张 {gpu} 中使用 {used} 张，每卡 {likely} GiB，可用 {usable}（{low} 至 {high}）",
    ),
    "no-verdict": ("{path}: unknown, needs {missing}", "{path}：未知，缺少 {missing}"),
    "no-forecast": ("{path}: rejected; no forecast, which needs {missing}", "{path}：会被拒绝；无法估计显存，缺少 {missing}"),
    "error-beside": ("check also finds an error: {message} (rule {rule})", "check 还报告了错误：{message}（规则 {rule}）"),
    "why-rejected": ("does not start: {message} (rule {rule})", "无法启动：{message}（规则 {rule}）"),
    "host-short": (
        "host RAM of a node does not suffice: {host} GiB of {room} (rule MEM011)",
        "单机内存不足：需要 {host} GiB，只有 {room}（规则 MEM011）",
    ),
    "hint fleet": (
        "give --gpus 4xA100-40G, or gpus: in .vlmr1-lint.yaml",
        "请给出 --gpus 4xA100-40G，或在 .vlmr1-lint.yaml 中写 gpus:",
    ),
    "hint accelerate configuration": (
        "what shards the model is said elsewhere: name the launch script instead, or accelerate's YAML beside it"
        " (plan args.yaml zero3.yaml)",
        "模型如何切分写在别处：请改为给出启动脚本，或同时给出 accelerate 的 YAML（plan args.yaml zero3.yaml）",
    ),
    "instants": ("Memory of one GPU by instant, GiB (the largest decides):", "各时刻单卡显存，GiB（以最大者为准）："),
    "host": ("Host RAM of a node: {host} GiB", "单机内存：{host} GiB"),
    "host-of": ("Host RAM of a node: {host} GiB of {room}", "单机内存：{host} GiB，共有 {room}"),
    "needs-host": ("needs {host} GiB of host RAM", "需要 {host} GiB 内存"),
    "assumed": ("Assumed:", "假设："),
    "data": (
        "samples of {images} image(s) of {image} ({tokens} tokens each), {prompt} text tokens:"
        " --images, --image, --prompt-tokens, or --data to measure them",
        "每个样本 {images} 张 {image} 图像（每张 {tokens} token），文本 {prompt} token："
        "可用 --images、--image、--prompt-tokens 设置，或用 --data 实测",
    ),
    "data-of-text": (
        "samples of {prompt} text tokens: --prompt-tokens, or --data to measure them",
        "每个样本文本 {prompt} token：可用 --prompt-tokens 设置，或用 --data 实测",
    ),
    "measured-of-text": (
        "samples measured, {measured}: 95 of 100 have at most {prompt} text tokens (counted roughly); the low end takes the"
        " median, the high end the largest",
        "实测样本（{measured}）：95% 的样本文本不超过约 {prompt} token；下限取中位数，上限取最大值",
    ),
    "measured": (
        "samples measured, {measured}: 95 of 100 have at most {images} image(s), {image} ({tokens} tokens each),"
        " {prompt} text tokens"
        " (counted roughly); the low end takes the median, the high end the largest",
        "实测样本（{measured}）：95% 的样本不超过 {images} 张图像、{image}（每张 {tokens} token）、文本约 {prompt} token；"
        "下限取中位数，上限取最大值",
    ),
    "measured-without-sizes": (
        "rows and texts measured, {measured}: 95 of 100 have at most {images} image(s) and {prompt} text tokens (counted"
        " roughly); too few images could be read, so their size is assumed: {image} ({tokens} tokens each): --image",
        "实测行数与文本（{measured}）：95% 的样本不超过 {images} 张图像、文本约 {prompt} token；"
        "能读取的图像太少，尺寸仍按假设 {image}（每张 {tokens} token）：可用 --image 设置",
    ),
    "largest": (
        "images up to about {image} still fit ({image_tokens:,} tokens each, {likely_gib} GiB)",
        "图像不超过约 {image} 时仍放得下（每张 {image_tokens:,} token，{likely_gib} GiB）",
    ),
    "nvidia-smi": ("nvidia-smi will show about {shown} GiB", "nvidia-smi 将显示约 {shown} GiB"),
    "nvidia-smi-grows": (
        "nvidia-smi will show about {shown} GiB, and up to {grown} GiB by step 400 as lengths vary (not with"
        " PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True)",
        "nvidia-smi 起初约显示 {shown} GiB；样本长短不一，到第 400 步可能涨到 {grown} GiB"
        "（设置 PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True 则不会）",
    ),
    "nvidia-smi-grows-beside-vllm": (
        "nvidia-smi will show about {shown} GiB, and up to {grown} GiB by step 400 as lengths vary",
        "nvidia-smi 起初约显示 {shown} GiB；样本长短不一，到第 400 步可能涨到 {grown} GiB",
    ),
    "peak": ("◀ peak", "◀ 峰值"),
    "limit": ("{usable} GiB usable ", "可用 {usable} GiB "),
    "full": ("full fine-tuning", "全参数微调"),
    "unknown-model": ("unknown model", "未知模型"),
    "short-data": (
        "Assumed: {images} image(s) of {image}, {prompt} text tokens a sample",
        "假设每个样本 {images} 张 {image} 图像、{prompt} 个文本 token",
    ),
    "short-data-of-text": ("Assumed: {prompt} text tokens a prompt", "假设每个 prompt {prompt} 个文本 token"),
    "short-largest": ("; images up to about {image} still fit", "；图像不超过约 {image} 时仍放得下"),
    "safer": ("To be safe: {step} -> {likely} GiB", "更稳妥：{step} -> {likely} GiB"),
    "more": ("--all: every term, assumption, change and card", "--all：全部分项、假设、修改与显卡"),
    "more-with-gpus": (
        "--gpus 8xA100-80G: memory by phase; --all: every change",
        "--gpus 8xA100-80G：各阶段显存；--all：全部修改",
    ),
    "which": (
        "Which GPUs? yes: as it is; a, b: with that change (+: others); -: too small",
        "用哪种显卡？可以：无需修改；a、b：需作相应修改（+：其他修改）；-：显存不足",
    ),
    "gpus": ("GPUs", "卡数"),
    "gib-each": ("GiB each", "每卡 GiB"),
    "cell fits": ("yes", "可以"),
    "cell tight": ("tight", "紧张"),
    "no-row": ("Too small at any count: {cards}", "任何数量都不够：{cards}"),
    "no-rows": ("None of these would do: {cards}", "以下显卡都不够：{cards}"),
    "ruled-out": (
        "The batch and group allow no {counts} GPUs.",
        "batch 与 num_generations 不允许的卡数：{counts}。",
    ),
    "host-ram": ("host RAM {host} GiB", "内存 {host} GiB"),
    "for-all": ("for all", "全部任务"),
    "instances": ("Cloud instances that would do as it is:", "无需修改即可使用的云实例："),
    "smallest": ("Smallest", "最小配置"),
    "cheapest": ("Cheapest", "最便宜"),
    "smallest-of": ("Smallest {name}", "最小配置（{name}）"),
    "cheapest-of": ("Cheapest {name}", "最便宜（{name}）"),
    "unchanged": ("{hardware} as it is", "无需修改 {hardware}"),
    "changed": ("{hardware} with a change", "修改后 {hardware}"),
    "price": ("({per_hour:g} an hour)", "（每小时 {per_hour:g}）"),
    "price-of-hours": ("({per_hour:g} an hour, {total:g} for {hours:g})", "（每小时 {per_hour:g}，{hours:g} 小时共 {total:g}）"),
    "cost": ("Cost: {per_hour:g} an hour", "费用：每小时 {per_hour:g}"),
    "cost-of-hours": (
        "Cost: {per_hour:g} an hour, {total:g} for {hours:g} hours",
        "费用：每小时 {per_hour:g}，{hours:g} 小时共 {total:g}",
    ),
    "cost-of-all": ("Cost on the given GPUs: {total:g} ({parts})", "在给定显卡上的费用：{total:g}（{parts}）"),
    "no-cost": (
        "Price and speed are not estimated (prices: in the settings, --hours).",
        "不估计价格与速度（可在设置中写 prices:，并给出 --hours）。",
    ),
    "group weights": ("weights", "权重"),
    "group gradients": ("gradients", "梯度"),
    "group optimizer": ("optimizer states", "优化器状态"),
    "group reference": ("reference model", "参考模型"),
    "group activations": ("activations", "激活值"),
    "group logits": ("logits", "logits"),
    "group generation": ("generation (KV cache, vLLM)", "生成（KV cache、vLLM）"),
    "group other": ("inputs, NCCL, context", "输入、NCCL、context"),
    "joint": ("All of them, as they are, would run on:", "不作修改时，以上任务都可运行于："),
    "ladder": ("What each change alone would give:", "各项单独修改的效果："),
    "plan": ("Smallest change that fits:", "能放下的最小修改："),
    "legal-plan": ("Smallest change that the trainer takes, and that fits:", "训练器能接受且放得下的最小修改："),
    "unmended": (
        "Not mended by these changes, and it will not start before they are: rule {rules}",
        "这些修改没有解决以下规则所指出的问题，解决之前训练无法启动：{rules}",
    ),
    "no-legal-plan": (
        "No change within the planner's reach is one that the trainer takes and that fits: use another number of cards.",
        "在可尝试的修改中没有训练器能接受且放得下的：请换一个卡数。",
    ),
    "no-plan": (
        "No change within the planner's reach makes it fit: use more or larger cards.",
        "在可尝试的修改中没有能放下的：请使用更多或更大的卡。",
    ),
    "no-plan-in-host": (
        "No change within the planner's reach makes it fit: use more or larger cards, or nodes with more host RAM.",
        "在可尝试的修改中没有能放下的：请使用更多或更大的卡，或内存更大的机器。",
    ),
    "no-host-plan": (
        "No change within the planner's reach needs less host RAM: use nodes with more.",
        "在可尝试的修改中没有能减少内存占用的：请使用内存更大的机器。",
    ),
    "idle": ("Idle memory: {change} would still fit ({likely} GiB)", "显存有空闲：{change} 仍放得下（{likely} GiB）"),
    "fleets": ("As it is, it would run on:", "不作修改时可运行于："),
    "no-fleets": ("none of the usual cards and counts", "常见的卡和数量都不行"),
    "unknown-fleets": ("others: unknown, needs {missing}", "其余：未知，缺少 {missing}"),
    "column run": ("run", "任务"),
    "column verdict": ("verdict", "结论"),
    "column likely": ("likely GiB", "预计 GiB"),
    "column low": ("low", "下限"),
    "column high": ("high", "上限"),
    "column usable": ("usable GiB", "可用 GiB"),
    "column gpu": ("gpu", "显卡"),
    "column gpus": ("gpus", "卡数"),
    "column nodes": ("nodes", "节点数"),
    "column instances": ("instances", "云实例"),
    "written": ("{path}: written: {title} ({rule})", "{path}：已写入：{title}（{rule}）"),
    "withheld": ("{path}: not written: {title}: {reason}", "{path}：未写入：{title}：{reason}"),
    "nothing-to-write": ("--fix: nothing to write", "--fix：没有需要写入的修改"),
    "unwritten-unknown": ("{path}: nothing written: there is no forecast", "{path}：未写入：无法估计显存"),
    "unwritten-margin": (
        "{path}: not written: it fits, and --fix writes what makes a run fit; the steps for --safe-margin are yours",
        "{path}：未写入：任务已放得下，--fix 只写入使任务放得下的修改；--safe-margin 的各步请自行修改",
    ),
    "unwritten-file": (
        "{path}: not written: name {others} too, which the change is in",
        "{path}：未写入：修改位于 {others}，请同时给出该文件",
    ),
    "unwritten-files": (
        "{path}: not written: the change needs several files, and a fix is written to one",
        "{path}：未写入：修改涉及多个文件，而一次修复只写入一个文件",
    ),
    "unwritten-unsafe": (
        "{path}: {change} not written: it changes the experiment; --unsafe-fixes allows it",
        "{path}：{change} 未写入：它会改变实验；可用 --unsafe-fixes 允许",
    ),
    "unwritten-more": (
        "{path}: {change} not written: it needs a package or a file that may not be there",
        "{path}：{change} 未写入：它需要的软件包或文件可能不存在",
    ),
    "free": ("free", "无代价"),
    "speed": ("slower", "变慢"),
    "experiment": ("changes the experiment", "改变实验"),
}


def part_name(name: str, lang: str) -> str:
    """The name of an instant or a term; in English as the JSON form has it."""
    return CHINESE[name] if lang == "zh" else name


say = Phrases(_WORDS)
