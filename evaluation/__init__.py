"""How good the coaching is: scripted users, measurements, and the command that runs them all."""
