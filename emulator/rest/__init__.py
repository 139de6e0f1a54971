"""The REST interface of the pretend portal: parsing, gate, batch and the methods."""
