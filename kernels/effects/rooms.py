"""Rooms by name, as numbers for the reverb.

Times follow halls that people know (H. Kuttruff, "Room Acoustics", 2016: living rooms 0.5 s, halls for music 1.5 to 2 s, large
churches 5 s and more, where air takes high frequencies away); sizes are such that the echoes of each are dense enough.
"""
NONE, LOUNGE, HALL, CATHEDRAL, BATHROOM = range(5)
ROOMS = 5
ROOM_NAMES = ("none", "lounge", "hall", "cathedral", "bathroom")

#: Columns of the table.
(ROOM_TIME_S, ROOM_HIGH_TIME_S, ROOM_LEVEL_DB, ROOM_PRE_DELAY_S, ROOM_SIZE, ROOM_SWAY_S) = range(6)
#: Time to fall by 60 dB at 500 Hz and far above 4 kHz; level of the answer; time before it; length of the lines (1: 21 to
#: 60 ms); how far they sway to and fro.
ROOM_TABLE = (
    (0.6, 0.4, -200.0, 0.0, 0.6, 0.0),
    (0.6, 0.4, -4.0, 0.0, 0.7, 0.0),
    (1.8, 1.0, -3.5, 0.004, 0.75, 0.00020),
    (5.0, 2.0, -3.0, 0.020, 1.4, 0.00020),
    (1.1, 0.9, -3.0, 0.0, 0.5, 0.00010),
)
