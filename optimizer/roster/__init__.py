"""Counter hours within the day and half days elsewhere: the roster below the plan."""
