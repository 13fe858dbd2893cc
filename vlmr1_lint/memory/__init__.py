"""What a run will cost: bytes per GPU and per node, instant by instant, and the smallest change that makes it fit."""
