"""Models of a few thousand random weights and a tokenizer of a few words, made on the spot: what a trainer needs to be built."""

from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    PreTrainedTokenizerFast,
    ProcessorMixin,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2Config,
    Qwen2ForCausalLM,
)

TEXT = {
    "vocab_size": 32,
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
}
VISION = {"depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 16}


def text_model(folder):
    """A Qwen2 and its tokenizer, saved in *folder*."""
    Qwen2ForCausalLM(Qwen2Config(**TEXT)).save_pretrained(folder)
    tokenizer().save_pretrained(folder)


def vision_model(folder):
    """A Qwen2.5-VL saved in *folder*, with the tokenizer alone."""
    rope = {"type": "default", "mrope_section": [1, 1, 2], "rope_type": "default"}
    marks = {"image_token_id": 5, "video_token_id": 6, "vision_start_token_id": 7}
    config = Qwen2_5_VLConfig(vision_config=VISION, rope_scaling=rope, **marks, **TEXT)
    Qwen2_5_VLForConditionalGeneration(config).save_pretrained(folder)
    tokenizer().save_pretrained(folder)


def processor():
    """A processor that has the tokenizer alone."""
    return type("Processor", (ProcessorMixin,), {"attributes": ["tokenizer"], "tokenizer_class": "AutoTokenizer"})(tokenizer())


def tokenizer():
    words = {"<pad>": 0, "<eos>": 1, "<unk>": 2, "hello": 3}
    made = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>", padding_side="left"
    )
    fast.chat_template = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
    return fast
