module wrestle

go 1.21
