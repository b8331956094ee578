// Package linear checks that the log of a conversation behaves like one list in one place: that there is one order in which
// every append and every read of a recorded history could have happened, each between its call and its answer.
//
// The gateway's test history::record writes histories; Porcupine looks for the order.
package linear

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sort"

	"github.com/anishathalye/porcupine"
)

// An Operation is one line of a history. Times are nanoseconds from a common beginning.
type Operation struct {
	Conversation int   `json:"conversation"`
	Client       int   `json:"client"`
	Call         int64 `json:"call"`
	Return       int64 `json:"return"`
	// Append is the number that a message of a visitor's was given.
	Append int `json:"append"`
	// Read is what was read instead.
	Read *Read `json:"read"`
}

// A Read is what one call gave back.
type Read struct {
	// After is the number behind which it began.
	After int `json:"after"`
	// Until is the last number that it looked at; 0 when it looked at all that was there.
	Until int `json:"until"`
	// Found are the numbers of visitors' messages, in the order in which they came.
	Found []int `json:"found"`
}

// History reads one operation a line.
func History(from io.Reader) ([]Operation, error) {
	var history []Operation
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var operation Operation
		if err := json.Unmarshal(lines.Bytes(), &operation); err != nil {
			return nil, fmt.Errorf("line %d: %w", len(history)+1, err)
		}
		history = append(history, operation)
	}
	return history, lines.Err()
}

// log is one conversation's: numbers of messages, in order. It is never changed in place.
type log []int

var model = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		parts := map[int][]porcupine.Operation{}
		for _, operation := range history {
			conversation := operation.Input.(Operation).Conversation
			parts[conversation] = append(parts[conversation], operation)
		}
		var all [][]porcupine.Operation
		for _, part := range parts {
			all = append(all, part)
		}
		return all
	},
	Init: func() any { return log(nil) },
	Step: func(state, input, _ any) (bool, any) {
		before, operation := state.(log), input.(Operation)
		if read := operation.Read; read != nil {
			return before.holds(*read), before
		}
		// Numbers only grow, and none is given twice.
		if len(before) > 0 && operation.Append <= before[len(before)-1] {
			return false, before
		}
		return true, append(before[:len(before):len(before)], operation.Append)
	},
	Equal: func(one, other any) bool { return slices.Equal(one.(log), other.(log)) },
}

// holds says whether a read of this log gives just that.
func (l log) holds(read Read) bool {
	from := sort.SearchInts(l, read.After+1)
	to := len(l)
	if read.Until > 0 {
		to = sort.SearchInts(l, read.Until+1)
	}
	if to-from != len(read.Found) {
		return false
	}
	for place, number := range read.Found {
		if l[from+place] != number {
			return false
		}
	}
	return true
}
