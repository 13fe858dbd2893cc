"""transformers' loading of a model of a few thousand random weights, with what an example says about it.

Request: ``path`` (args file) of which ``attn_implementation``, ``torch_dtype`` or ``dtype`` and ``model_init_kwargs`` count;
``family``: ``text`` (Qwen2, the default) or ``vision`` (Qwen2.5-VL); ``auto``: the auto class to load with.
Its ``deepspeed`` file counts too, unless ``plain``. Value: ``dtype`` and ``attention`` of the loaded model.
"""

import tiny
import transformers
import yaml
from transformers import TrainingArguments
from transformers.integrations.deepspeed import is_deepspeed_zero3_enabled

VERSION = int(transformers.__version__.split(".")[0])


def answer(request):
    with open(request["path"], encoding="utf-8") as file:
        written = yaml.safe_load(file)
    told = dict(written.get("model_init_kwargs") or {})
    if written.get("attn_implementation"):
        told["attn_implementation"] = written["attn_implementation"]
    dtype = written.get("torch_dtype", written.get("dtype"))
    if dtype is not None:
        told["dtype" if VERSION >= 5 else "torch_dtype"] = dtype
    training = None
    if written.get("deepspeed") and not request.get("plain"):
        # transformers keeps a weak reference to the config in the arguments, so these must live
        training = TrainingArguments("out", deepspeed=written["deepspeed"], report_to="none")
    if request.get("family") == "vision":
        tiny.vision_model("model")
    else:
        tiny.text_model("model")
    model = getattr(transformers, request.get("auto", "AutoModelForCausalLM")).from_pretrained("model", **told)
    attention = model.config._attn_implementation
    return {"dtype": str(model.dtype), "attention": attention, "zero3": training is not None and is_deepspeed_zero3_enabled()}
