"""廃棄 of cards: proposed by rule, approved by a second person, scanned into the bag, carried out by two, certified."""
