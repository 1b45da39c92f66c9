"""What changes about people and cards while a card waits: 異動リスト, 支援措置 and passed deadlines."""
