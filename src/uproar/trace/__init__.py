"""Where does the traffic come from, and is it an attack? Columns of packets or flows in, attacks with evidence out."""
