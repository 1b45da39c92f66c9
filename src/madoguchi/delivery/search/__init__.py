"""Finding people in the register: two of 氏名, 住所, 生年月日, whatever forms of kanji and kana are typed."""
