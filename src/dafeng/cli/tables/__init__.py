"""Tables that the commands of a room print in a terminal."""
