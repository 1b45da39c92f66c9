"""Planning ahead: what arrives, who comes, how long they wait, tried out on invented days before anything is changed (DL-18)."""
