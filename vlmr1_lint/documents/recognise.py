"""Placeholder until recognition is written."""
class R:
    def __init__(s,k): s.kind=k; s.why='stub'
def recognise(name,data,doc=None,kind=None):
    if kind: return R(kind)
    return R('deepspeed' if name.endswith('.json') else 'launch' if name.endswith('.sh') else 'accelerate' if b'distributed_type' in data else 'data' if b'datasets:' in data else 'args')
