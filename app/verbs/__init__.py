"""The verbs, as typer reads them; everything heavy is imported inside."""
