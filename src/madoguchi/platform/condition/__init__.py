"""状態: how this installation is, in figures without personal data; what `doctor` looks at as well is looked at here once."""
