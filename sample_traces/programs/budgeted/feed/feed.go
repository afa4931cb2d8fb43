// Package feed sends messages to everybody who listens.
package feed

import "sync"

// Feed has listeners, each with a goroutine of its own.
type Feed struct {
	inboxes []chan string
	done    sync.WaitGroup
}

// Listen calls hear with every message until the feed is closed.
func (f *Feed) Listen(hear func(string)) {
	inbox := make(chan string, 16)
	f.inboxes = append(f.inboxes, inbox)
	f.done.Add(1)
	go f.listen(inbox, hear)
}

func (f *Feed) listen(inbox chan string, hear func(string)) {
	defer f.done.Done()
	for message := range inbox {
		hear(message)
	}
}

// Send gives the message to all listeners.
func (f *Feed) Send(message string) {
	for _, inbox := range f.inboxes {
		inbox <- message
	}
}

// Close ends all listeners and waits for them.
func (f *Feed) Close() {
	for _, inbox := range f.inboxes {
		close(inbox)
	}
	f.done.Wait()
	forget(f)
}
