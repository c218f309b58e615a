"""What the subcommands of `wecom-callback` do; `cli` declares them."""
