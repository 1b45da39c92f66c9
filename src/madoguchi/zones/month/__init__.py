"""A played month of a city (`madoguchi demo --month`): what happens in it, who plays it, and the books that must balance at its end.

`plan` says what will happen and to whom, the same in every process; `office` and `counter` play the delivery zone, `citizens` the booking
zone, each in a process of its own (`player`) on a played clock (`played_time`); `playing` leads them day by day and carries the files;
`delivery_books` and `booking_books` prove at the end what must be true.
"""
