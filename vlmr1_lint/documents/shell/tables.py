"""Which commands start a training, and which stand in front of them."""

from __future__ import annotations

__all__ = ["BARE", "OTHER_WORDS", "PREFIXES", "REMOTE", "TRAINING_WORDS"]

# fmt: off
BARE: dict[str, frozenset[str]] = {
    "torchrun": frozenset(
    {
        "standalone", "module", "m", "no_python", "run_path", "use_env", "h", "help"
    }
),
    "accelerate": frozenset(
    {
        "cpu", "multi_gpu", "tpu", "ipex", "use_xpu", "use_deepspeed", "use_fsdp", "use_megatron_lm",
        "use_parallelism_config", "quiet", "q", "m", "module", "no_python", "debug", "tpu_cluster", "no_tpu_cluster",
        "same_network", "enable_cpu_affinity", "dynamo_use_fullgraph", "dynamo_use_dynamic", "downcast_bf16",
        "fsdp_offload_params_to_cpu", "tpu_use_cluster", "tpu_use_sudo", "fp8_use_autocast_during_eval",
        "fp8_override_linear_precision", "h", "help"
    }
),
    "deepspeed": frozenset(
    {
        "no_python", "module", "m", "no_local_rank", "no_ssh", "no_ssh_check", "force_multi", "save_pid", "elastic_training",
        "bind_cores_to_rank", "h", "help"
    }
),
    "python": frozenset(
    {
        "u", "B", "E", "I", "O", "OO", "s", "S", "b", "bb", "d", "i", "P", "q", "v", "x", "m"
    }
),
}
"""Options of each launcher that take no value: torch/distributed/run.py get_args_parser (2.6), accelerate/commands/launch.py
launch_command_parser (1.12), deepspeed/launcher/runner.py parse_args (0.16), `python --help` (3.12). With ``_`` for ``-``."""
PREFIXES = frozenset(
    {
        "srun", "nohup", "env", "sudo", "time", "timeout", "exec", "command", "nice", "ionice", "numactl", "taskset",
        "stdbuf", "setsid", "unbuffer", "ssh", "pdsh", "tmux", "screen", "sbatch", "docker", "docker-compose", "podman",
        "singularity", "apptainer", "enroot", "shifter", "conda", "mamba", "micromamba", "uv", "poetry", "pipenv", "rye",
        "pixi", "hatch", "ray", "mpirun", "mpiexec", "xvfb-run", "nsys", "ncu", "su", "runuser", "parallel", "xargs",
        "script", "flock", "salloc", "jsrun", "bsub", "qsub", "rjob", "clush", "proxychains4", "kubectl", "builtin", "coproc",
        "watch", "memray", "py-spy", "perf", "gosu", "chroot"
    }
)
"""Commands that run the command given as their arguments, or a string of it: their manual pages."""
REMOTE = frozenset(
    {
        "ssh", "pdsh", "clush", "kubectl"
    }
)
"""Prefixes whose command runs on another machine, where this script's variables do not exist."""
TRAINING_WORDS = (
    "grpo",
    "gspo",
    "dapo",
    "ppo",
    "dpo",
    "kto",
    "orpo",
    "rloo",
    "reinforce",
    "sft",
    "train",
    "finetune",
    "fine_tune",
    "fine-tune",
    "r1",
    "rft",
    "rlhf",
    "rlvr",
    "distill",
)
"""Parts of the name of a training script. Ours, from the names in public GRPO repositories."""
OTHER_WORDS = (
    "eval",
    "test",
    "infer",
    "bench",
    "demo",
    "serve",
    "server",
    "convert",
    "merge",
    "download",
    "preprocess",
    "prepare",
    "generate",
    "plot",
    "export",
    "vllm.entrypoints",
    "visuali",
)
"""Parts of the name of a script that does not train, unless a training word stands in its name as well."""
