"""transformers' loading of a model of a few thousand random weights, with what an example says about it.

Request: ``path`` (args file) of which ``attn_implementation``, ``torch_dtype`` or ``dtype`` and ``model_init_kwargs`` count;
``family``: ``text`` (Qwen2, the default) or ``vision`` (Qwen2.5-VL); ``auto``: the auto class to load with.
Value: ``dtype`` and ``attention`` of the loaded model.
"""

import tiny
import transformers
import yaml

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
    if request.get("family") == "vision":
        tiny.vision_model("model")
    else:
        tiny.text_model("model")
    model = getattr(transformers, request.get("auto", "AutoModelForCausalLM")).from_pretrained("model", **told)
    return {"dtype": str(model.dtype), "attention": model.config._attn_implementation}
