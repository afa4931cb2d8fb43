module example.com/deep/layout-types

go 1.21
