//go:build wotnot_static

package wotnot

// How the library is linked stands in a file of its own for each way: Go's build cache tells builds apart by their
// files, and not by what pkg-config says.

// #cgo pkg-config: wotnot-static
import "C"
