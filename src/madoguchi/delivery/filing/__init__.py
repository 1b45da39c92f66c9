"""Pictures of papers (帳票イメージファイリング): taken in, kept sealed, looked at on record, and disposed of when their time is over."""
