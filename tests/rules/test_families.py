"""Rules speak of behaviours: one that names a trainer's family is about that family's options, or about a release's own checks.

What a trainer does is a claim (`claims.claim`), and a rule asks it. The rules below name families all the same; a new one that
does is refused here.
"""

from __future__ import annotations

from vlmr1_lint.rulefiles.catalogue import builtin

OF_OPTIONS = """
    DAT014 KEY005 KEY015 KEY024 KEY025 KEY026 GRP012 OBS002 PEFT014 PRE015 VIS002 VIS003 VIS004 VIS005 VIS006
"""
"""About options that only these families have, or about their tables: ``max_pixels``, reward weights."""

OF_RELEASES = """
    DSP036 DSP047 GEN003 GEN008 GEN009 GEN010 GEN011 GRP009 GRP010 GRP011 MEM012 MEM017 MEM019 MEM020 PEFT003 PEFT008 PEFT011
    PEFT013 YML024
"""
"""About what the classes of a release of TRL or transformers refuse or misread; the code of a repository does not decide it."""

OF_A_DOCUMENT = "MEM001 MEM014 MEM024 MEM025"
"""About what VLM-R1's authors document of their own repository: the minimum of hardware."""


def test_every_rule_that_names_a_family_has_a_reason_to():
    reasons = [name for text in (OF_OPTIONS, OF_RELEASES, OF_A_DOCUMENT) for name in text.split()]
    assert len(reasons) == len(set(reasons))
    naming = {rule.id for rule in builtin() if rule.trainers is not None}
    assert naming == set(reasons)
