// Package healthy adds up a ledger. Nothing is wrong with it: it allocates what it returns, and
// little else.
package healthy

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// Total is what one account has.
type Total struct {
	Account string
	Cents   int64
	Entries int32
}

// Sum adds up the lines "account cents" of a text, and returns the accounts by name. The names are
// parts of the text.
func Sum(text string, accounts int) ([]Total, error) {
	places := make(map[string]int32, accounts)
	totals := make([]Total, 0, accounts)
	for number := 1; text != ""; number++ {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		account, digits, isWhole := strings.Cut(line, " ")
		cents, err := strconv.ParseInt(digits, 10, 64)
		if !isWhole || err != nil {
			return nil, fmt.Errorf("line %d: %q is no entry", number, line)
		}
		place, isKnown := places[account]
		if !isKnown {
			place = int32(len(totals))
			places[account] = place
			totals = append(totals, Total{Account: account})
		}
		totals[place].Cents += cents
		totals[place].Entries++
	}
	sort.Slice(totals, func(i, j int) bool { return totals[i].Account < totals[j].Account })
	return totals, nil
}

// Report writes totals out, a line each.
func Report(totals []Total) string {
	var made strings.Builder
	made.Grow(len(totals) * lineBytes)
	var digits [20]byte
	for _, total := range totals {
		made.WriteString(total.Account)
		made.WriteByte(' ')
		made.Write(strconv.AppendInt(digits[:0], total.Cents, 10))
		made.WriteByte('\n')
	}
	return made.String()
}

// lineBytes is what a line of a report has room for before the report grows.
const lineBytes = 24
