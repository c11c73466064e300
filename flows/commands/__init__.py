"""The commands of the terminal, one in a module. They resolve options, call the engine and print; they decide nothing."""
