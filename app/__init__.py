"""Who asks: the command line and the main job behind it."""
