package linear

import (
	"os"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

const patience = 2 * time.Minute

func check(history []Operation) porcupine.CheckResult {
	var operations []porcupine.Operation
	for _, operation := range history {
		operations = append(operations, porcupine.Operation{
			ClientId: operation.Client, Input: operation, Call: operation.Call, Return: operation.Return,
		})
	}
	return porcupine.CheckOperationsTimeout(model, operations, patience)
}

// TestRecorded judges the history in the file that WOTNOT_GATEWAY_HISTORY names.
func TestRecorded(t *testing.T) {
	name, isThere := os.LookupEnv("WOTNOT_GATEWAY_HISTORY")
	if !isThere {
		t.Fatal("WOTNOT_GATEWAY_HISTORY names no file: cargo xtask test linear records one")
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	history, err := History(file)
	if err != nil {
		t.Fatal(err)
	}
	appends, reads := 0, 0
	for _, operation := range history {
		if operation.Read == nil {
			appends++
		} else {
			reads++
		}
	}
	if appends < 100 || reads < 100 {
		t.Fatalf("only %d appends and %d reads: that proves nothing", appends, reads)
	}
	if result := check(history); result != porcupine.Ok {
		t.Fatalf("no order explains %d appends and %d reads: %s", appends, reads, result)
	}
	t.Logf("%d appends and %d reads have an order", appends, reads)

	// The same history is not good when one read did not see what was there before it began.
	for at := len(history) - 1; at >= 0; at-- {
		if read := history[at].Read; read != nil && len(read.Found) > 1 {
			spoiled := append([]Operation(nil), history...)
			spoiled[at].Read = &Read{After: read.After, Until: read.Until, Found: read.Found[1:]}
			if result := check(spoiled); result != porcupine.Illegal {
				t.Fatalf("a message that a read lacks was not missed: %s", result)
			}
			return
		}
	}
	t.Fatal("no read saw two messages")
}

func appended(from, to int64, number int) Operation {
	return Operation{Call: from, Return: to, Append: number}
}

func read(from, to int64, after int, found ...int) Operation {
	return Operation{Client: 1, Call: from, Return: to, Read: &Read{After: after, Found: found}}
}

func TestWhatALogMayDo(t *testing.T) {
	part := read(7, 8, 0, 1)
	part.Read.Until = 2
	elsewhere := appended(9, 10, 1)
	elsewhere.Conversation = 1
	for name, history := range map[string][]Operation{
		"reads beside an append see it or not":     {appended(1, 10, 1), read(2, 3, 0), read(4, 5, 0, 1)},
		"a cursor hides what lies before it":       {appended(1, 2, 1), appended(3, 4, 3), read(5, 6, 1, 3)},
		"a read may look at a part":                {appended(1, 2, 1), appended(3, 4, 3), part},
		"appends at one time have either order":    {appended(1, 10, 3), appended(1, 10, 1), read(11, 12, 0, 1, 3)},
		"each conversation has numbers of its own": {appended(1, 2, 1), appended(3, 4, 2), elsewhere},
	} {
		if result := check(history); result != porcupine.Ok {
			t.Errorf("%s: %s", name, result)
		}
	}
}

func TestWhatALogMayNotDo(t *testing.T) {
	for name, history := range map[string][]Operation{
		"an append that was answered is missing": {appended(1, 2, 1), read(3, 4, 0)},
		"what one saw is gone for another one":   {appended(1, 10, 1), read(2, 3, 0, 1), read(4, 5, 0)},
		"a number is given twice":                {appended(1, 2, 1), appended(3, 4, 1)},
		"a later append has a lower number":      {appended(1, 2, 3), appended(3, 4, 1)},
		"the order is another one":               {appended(1, 10, 1), appended(1, 10, 2), read(11, 12, 0, 2, 1)},
		"something is there that nobody said":    {appended(1, 2, 1), read(3, 4, 0, 1, 2)},
		"a read sees what is said only later":    {read(1, 2, 0, 1), appended(3, 4, 1)},
	} {
		if result := check(history); result != porcupine.Illegal {
			t.Errorf("%s: %s", name, result)
		}
	}
}
