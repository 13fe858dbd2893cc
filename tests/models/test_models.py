"""Names of models, and parameter counts exact to the parameter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmr1_lint.facts.data import load
from vlmr1_lint.models.config import read_config
from vlmr1_lint.models.model import UnsupportedConfig
from vlmr1_lint.models.table import all_models, find_model, is_quantised_name
from vlmr1_lint.values import replace


def model_from_config(config, name=""):
    """The model that *config* describes, None where it tells none."""
    try:
        return read_config(config, name)
    except UnsupportedConfig:
        return None


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/path/to/models/Qwen2.5-VL-3B-Instruct", "Qwen2.5-VL-3B"),
        ("/path/to/models/Qwen2.5-VL-3B-Instruct/", "Qwen2.5-VL-3B"),
        ("Qwen/Qwen2.5-VL-3B-Instruct", "Qwen2.5-VL-3B"),
        ("Qwen2.5-VL-3B-Idefics-500steps", "Qwen2.5-VL-3B"),
        ("qwen2_5_vl_7b", "Qwen2.5-VL-7B"),
        ("Qwen25-VL-3B", "Qwen2.5-VL-3B"),
        ("qwen25vl7b", "Qwen2.5-VL-7B"),
        ("omlab/VLM-R1-Qwen2.5VL-3B-OVD-0321", "Qwen2.5-VL-3B"),
        ("Qwen2.5-VL-3B-from-Qwen2.5-VL-72B", "Qwen2.5-VL-3B"),
        ("out/Qwen2.5-VL-3B-GRPO/checkpoint-500", "Qwen2.5-VL-3B"),
        ("hub/models--Qwen--Qwen2.5-VL-3B-Instruct/snapshots/" + "0f" * 20, "Qwen2.5-VL-3B"),
        ("D:\\models\\Qwen2-VL-2B-Instruct", "Qwen2-VL-2B"),
        ("Qwen/Qwen3-VL-30B-A3B-Instruct", "Qwen3-VL-30B-A3B"),
        ("Qwen3-VL-8B-Thinking", "Qwen3-VL-8B"),
        ("OpenGVLab/InternVL2_5-4B-MPO", "InternVL2.5-4B"),
        ("InternVL3-8B-hf", "InternVL3-8B"),
        ("zai-org/GLM-4.1V-9B-Thinking", "GLM-4.1V-9B"),
        ("Qwen/Qwen2.5-3B", "Qwen2.5-3B"),
        ("Qwen2.5-1.5B-Open-R1-Distill", "Qwen2.5-1.5B"),
        ("Qwen2.5-Math-7B", "Qwen2.5-7B"),
        ("Qwen/Qwen2-7B-Instruct", "Qwen2-7B"),
        ("Qwen3-4B-Instruct-2507", "Qwen3-4B"),
        ("out/qwen3_4b_grpo", "Qwen3-4B"),
        ("deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", "Qwen3-8B"),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B", "DeepSeek-R1-Distill-Qwen-1.5B"),
        ("DeepSeek-R1-Distill-Llama-8B", "DeepSeek-R1-Distill-Llama-8B"),
        ("open-r1/OpenR1-Qwen-7B", "Qwen2.5-7B"),
        ("agentica-org/DeepScaleR-1.5B-Preview", "DeepSeek-R1-Distill-Qwen-1.5B"),
        ("unsloth/Llama-3.2-1B", "Llama-3.2-1B"),
        ("meta-llama/Meta-Llama-3-8B-Instruct", "Llama-3-8B"),
        ("Llama3-8B", "Llama-3-8B"),
    ],
)
def test_names_that_mean_a_model(path: str, name: str) -> None:
    model = find_model(path)
    assert model is not None and model.name == name


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "qwen",
        "Qwen2.5-VL",
        "Qwen2.5-VL-5B",
        "Qwen-VL-7B",
        "Qwen2.5-Omni-7B",
        "llava-onevision-qwen2.5-7b",
        "InternVL3_5-8B",
        "InternVL3.5-8B",
        "InternVL2-4B",
        "Qwen2.5-7B-Instruct-1M",
        "Qwen3-VL-Embedding-2B",
        "xqwen2.5-vl-3b",
        "Qwen2-Audio-7B",
        "Qwen2-57B-A14B",
        "Qwen3.5-4B",
        "Qwen3-30B-A3B",
        "Qwen3-Reranker-4B",
        "Llama-3.2-11B-Vision",
        "MiniCPM-Llama3-V-2_5-8B",
        "Bunny-Llama-3-8B-V",
        "Llama-3.1-8B-Omni",
    ],
)
def test_names_that_mean_none(path: str) -> None:
    assert find_model(path) is None


@pytest.mark.parametrize(
    "path",
    [
        "Qwen2.5-VL-3B-Instruct-AWQ",
        "Qwen2.5-VL-7B-Instruct-GPTQ-Int4",
        "unsloth/Qwen2.5-VL-7B-Instruct-bnb-4bit",
        "Qwen2.5-VL-3B-Instruct-GGUF",
        "Qwen2.5-VL-7B-FP8",
        "Qwen2.5-VL-7B-w4a16",
    ],
)
def test_quantised_names_are_unknown_and_said_to_be(path: str) -> None:
    assert find_model(path) is None and is_quantised_name(path)
    assert not is_quantised_name("Qwen/Qwen2.5-VL-3B-Instruct")


@pytest.mark.parametrize(
    ("name", "total"),
    [
        ("Qwen2.5-VL-3B", 3_754_622_976),  # the same integer in public files
        ("Qwen2.5-VL-7B", 8_292_166_656),
        ("Qwen2.5-VL-32B", 33_452_718_336),
        ("Qwen2-VL-2B", 2_208_985_600),
        ("Qwen3-VL-8B", 8_767_123_696),  # a copy of the Hub's safetensors metadata
        ("Qwen3-VL-30B-A3B", 31_070_754_032),
        ("InternVL2.5-4B", 3_712_637_952),
        ("InternVL2.5-8B", 8_075_365_376),
        ("GLM-4.1V-9B", 10_292_777_472),
        ("Qwen2.5-14B", 14_770_033_664),
        ("Qwen3-8B", 8_190_735_360),
        ("Llama-3.1-8B", 8_030_261_248),
    ],
)
def test_published_totals(name: str, total: int) -> None:
    model = find_model(name)
    assert model is not None and model.params_total == total


def test_counts_are_those_that_were_published_or_built() -> None:
    published = {record["name"]: record["published"] for record in load("models.json")["models"]}
    assert {model.name: model.params_total for model in all_models()} == published
    assert all(record["verified"] and record["source"] for record in load("models.json")["models"])


def test_the_table_is_consistent() -> None:
    models = all_models()
    assert len({model.name for model in models}) == len(models) >= 50
    for model in models:
        assert model.params_vision + model.params_language == model.params_total
        assert (model.tower is None) == (model.params_vision == 0)
        assert find_model(model.name) == model
        assert model.repository is not None and find_model(model.repository) == model
    qwen = find_model("Qwen2.5-VL-7B")
    assert qwen is not None and qwen.tower is not None
    assert (qwen.text.kv_heads, qwen.text.head_dim, qwen.pixels_per_image_token) == (4, 128, 784)
    assert (qwen.min_pixels, qwen.max_pixels) == (3136, 12_845_056)


def _config(name: str) -> dict[str, object]:
    """A config.json of the shape its publisher uses, from the table's dimensions."""
    model = find_model(name)
    assert model is not None
    text, tower = model.text, model.tower
    language: dict[str, object] = {
        "hidden_size": text.hidden,
        "num_hidden_layers": text.layers,
        "num_attention_heads": text.heads,
        "num_key_value_heads": text.kv_heads,
        "intermediate_size": text.intermediate,
        "vocab_size": text.vocab,
        "tie_word_embeddings": text.tied,
    }
    if text.code.head_norms:
        language["head_dim"] = text.head_dim
    if text.experts:
        language |= {
            "num_experts": text.experts,
            "moe_intermediate_size": text.expert_intermediate,
            "num_experts_per_tok": text.experts_per_token,
        }
    head: dict[str, object] = {"architectures": [model.traits.architectures[0]], "_name_or_path": model.repository}
    if tower is None:
        return head | language
    if model.family == "internvl":
        llama = text.code.fused_qkv
        vision: dict[str, object] = {
            "hidden_size": tower.hidden,
            "num_hidden_layers": tower.depth,
            "num_attention_heads": tower.heads,
            "intermediate_size": tower.intermediate,
            "image_size": 448,
            "patch_size": 14,
            "qk_normalization": False,
        }
        llm = {**language, "architectures": ["InternLM2ForCausalLM" if llama else "Qwen2ForCausalLM"]}
        return head | {"llm_config": llm, "vision_config": vision, "downsample_ratio": 0.5}
    if model.family == "qwen2_vl":
        vision = {"depth": 32, "embed_dim": 1280, "mlp_ratio": 4, "num_heads": 16, "hidden_size": text.hidden, "patch_size": 14}
        return head | language | {"vision_config": vision}
    vision = {
        "depth": tower.depth,
        "hidden_size": tower.hidden,
        "intermediate_size": tower.intermediate,
        "num_heads": tower.heads,
        "out_hidden_size": tower.out_hidden,
        "patch_size": tower.patch,
    }
    if tower.deepstack:
        vision |= {"deepstack_visual_indexes": list(range(tower.deepstack)), "num_position_embeddings": tower.positions}
    return head | {"text_config": language, "tie_word_embeddings": text.tied, "vision_config": vision}


@pytest.mark.parametrize("name", [model.name for model in all_models()])
def test_a_config_gives_the_counts_of_the_table(name: str) -> None:
    known, read = find_model(name), model_from_config(_config(name), name)
    assert known is not None and read is not None
    assert (read.params_total, read.params_vision, read.params_language) == (
        known.params_total,
        known.params_vision,
        known.params_language,
    )
    assert (read.name, read.family, read.text) == (name, known.family, replace(known.text, context=read.text.context))


def test_configs_that_are_not_supported() -> None:
    config = _config("Qwen2.5-VL-3B")
    assert model_from_config(config) is not None
    assert model_from_config({}) is None
    assert model_from_config({"architectures": ["LlavaForConditionalGeneration"]}) is None
    assert model_from_config({**config, "quantization_config": {"quant_method": "awq"}}) is None
    assert model_from_config({**config, "text_config": {"hidden_size": "2048"}}) is None
    assert model_from_config({"architectures": None, "model_type": "qwen2"}) is None
    assert model_from_config({**config, "architectures": [[]]}) is None
    assert model_from_config({**config, "text_config": True}) is None
    assert model_from_config({**_config("Qwen2-VL-2B"), "vision_config": {"mlp_ratio": float("inf")}}) is None
    internvit_6b = _config("InternVL2.5-4B")
    internvit_6b["vision_config"] = {**internvit_6b["vision_config"], "qk_normalization": True}  # type: ignore[dict-item]
    assert model_from_config(internvit_6b) is None


def test_missing_tower_dimensions_take_the_class_defaults() -> None:
    config = _config("Qwen2.5-VL-3B")
    config["vision_config"] = {"out_hidden_size": 2048}
    model = model_from_config(config)
    assert model is not None and model.params_vision == 668_684_288


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from(sorted(_config("Qwen2.5-VL-3B"))), json_values))
def test_any_config_is_answered(changes: dict[str, object]) -> None:
    model = model_from_config({**_config("Qwen2.5-VL-3B"), **changes})
    assert model is None or model.params_total > 0


@given(st.text(max_size=40))
def test_any_name_is_answered(text: str) -> None:
    model = find_model(text)
    assert model is None or model in all_models()


QWEN2 = {"architectures": ["Qwen2ForCausalLM"], "hidden_size": 896, "num_attention_heads": 14}
INTERNVL = {"architectures": ["InternVLChatModel"], "vision_config": {}, "llm_config": {"architectures": ["GemmaForCausalLM"]}}


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({}, "names no architecture"),
        ({"architectures": [[]]}, "names no architecture"),
        ({"architectures": "Qwen2ForCausalLM"}, "names no architecture"),
        (
            {"architectures": ["LlavaForConditionalGeneration"]},
            "is of LlavaForConditionalGeneration, which the forecast does not model",
        ),
        ({"model_type": "llava"}, "is of llava, which the forecast does not model"),
        ({**QWEN2, "quantization_config": {"bits": 4}}, "is of quantised weights, which the forecast does not model"),
        (QWEN2, "has no num_hidden_layers"),
        ({**QWEN2, "hidden_size": "big"}, "has hidden_size 'big'"),
        ({**QWEN2, "hidden_size": "b" * 5000}, "has hidden_size 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"),
        ({**QWEN2, "text_config": True}, "holds values that no model has"),
        (INTERNVL, "is of a shape that the forecast does not model: GemmaForCausalLM"),
    ],
)
def test_a_config_that_tells_no_model_says_why(config: dict[str, object], why: str) -> None:
    with pytest.raises(UnsupportedConfig) as caught:
        read_config(config)
    assert str(caught.value) == why
    assert model_from_config(config) is None
