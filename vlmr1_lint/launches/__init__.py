"""What a launch says: processes and nodes, hardware, ports, the loop that turns a file into flags."""
