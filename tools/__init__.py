"""What makes, shows and checks the project; nothing here is shipped."""
