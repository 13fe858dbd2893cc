"""Which fixes, in which order, and is the result right: choose, guard, and repeat to a fixpoint. Linting again is given as a
function."""
