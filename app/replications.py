"""Which replications serve what: a plan is judged on citizens that whoever made it never saw."""

CURVE_REPLICATIONS = 2  #: replications 0…1 teach the curves, and try plans in the closed loop
LOOP_REPLICATIONS = 4  #: replications 0…3 tell what the plan kept comes to
PLAN_REPLICATIONS = 5  #: the verdict uses replications from this one on
SWEEPS_FROM = 1_000_000  #: a certificate may change the plan, so its replications are none that any verdict comes to
