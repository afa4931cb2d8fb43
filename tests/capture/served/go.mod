module served

go 1.21

require samples v0.0.0

replace samples => ../../../sample_traces/programs
