package wotnot_test

import (
	"fmt"
	"os"
	"testing"

	wotnot "github.com/libwotnot/libwotnot/bindings/go"
)

// Whatever the tests did, every string and every client was given back.
func TestMain(m *testing.M) {
	code := m.Run()
	if strings, clients := wotnot.NativeLeaks(); code == 0 && strings+clients != 0 {
		fmt.Printf("%d strings and %d clients were left behind\n", strings, clients)
		code = 1
	}
	os.Exit(code)
}
