"""Applications that the office takes itself (申請時来庁, 出張申請, 特急): registered, photographed, sent, watched until the card comes."""
