module github.com/libwotnot/libwotnot/tests/linear

go 1.23

require github.com/anishathalye/porcupine v1.3.1
