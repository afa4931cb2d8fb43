package trace

// Peek tells what an event is made of: overlaid on internal/trace, which keeps it to itself.
func Peek(e Event) (typ uint8, args [4]uint64) {
	return uint8(e.base.typ), e.base.args
}

// Tables are the strings and stacks of the generation that a sync event starts.
func Tables(e Event) (strings map[uint64]string, stacks map[uint64][]StackFrame) {
	strings, stacks = map[uint64]string{}, map[uint64][]StackFrame{}
	if e.table == nil {
		return
	}
	e.table.strings.forEach(func(id stringID, s string) bool {
		strings[uint64(id)] = s
		return true
	})
	e.table.stacks.forEach(func(id stackID, s stack) bool {
		for f := range (Stack{table: e.table, id: id}).Frames() {
			stacks[uint64(id)] = append(stacks[uint64(id)], f)
		}
		return true
	})
	return
}
