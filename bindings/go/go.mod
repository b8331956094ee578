module github.com/libwotnot/libwotnot/bindings/go

go 1.23
