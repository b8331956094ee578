//go:build wotnot_static

package wotnot

// How the library is linked stands in a file of its own for each way: Go's build cache distinguishes builds by their
// files, and not by what pkg-config says.

// #cgo pkg-config: wotnot-static
import "C"
