// Command leak is a chat room that forgets to let go: subscribers who left keep their goroutine,
// their timer and their history. The number of visitors bounds the leak.
package main

import (
	"flag"
	"math/rand"

	"samples/recording"
)

func main() {
	visitors := flag.Int("visitors", 6_000, "number of visitors who come and go")
	options := recording.Flags()
	flag.Parse()
	recording.Run(options, &leak{visitors: *visitors, options: options})
}

type leak struct {
	visitors int
	options  *recording.Options
	room     *room
	random   *rand.Rand
}

// WarmUp opens the room.
func (l *leak) WarmUp() {
	l.room = newRoom()
	l.random = rand.New(rand.NewSource(5))
}

// Work lets the visitors come and go, and takes an early heap profile after a quarter of them.
func (l *leak) Work() {
	l.visit(0, l.visitors/4)
	l.options.Snapshot("heap.early")
	l.visit(l.visitors/4, l.visitors)
}

func (l *leak) visit(from, to int) {
	for number := from; number < to; number++ {
		guest := l.room.join(number)
		for said := l.random.Intn(12); said >= 0; said-- {
			l.room.say(guest, sentence(l.random))
		}
		l.room.leave(guest)
	}
}
