"""The incident in a box: a registry simulator, two git repositories, the replay."""
