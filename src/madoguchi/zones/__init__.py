"""The roof: settings, addresses and menus of each process, the demo, the benches and the command."""
