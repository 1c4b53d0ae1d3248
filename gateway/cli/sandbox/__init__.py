"""The sandbox: a sample city in one folder, the main job, and a server to go on with. Nothing in it counts."""
