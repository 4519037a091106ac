"""Answers over every case of which doubtful relations exist: the rules of states, over functions of their presence."""
