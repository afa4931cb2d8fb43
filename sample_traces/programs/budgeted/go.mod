module budgeted

go 1.21
