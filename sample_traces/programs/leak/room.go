package main

import (
	"fmt"
	"math/rand"
	"runtime/pprof"
	"strings"
	"time"
)

// open counts the subscriptions that were never closed, as a profile of its own.
var open = pprof.NewProfile("subscriptions")

// room is a chat room. Its tables only grow: leave forgets to clean up.
type room struct {
	guests   map[int]*guest
	messages []*message
	byWord   map[string][]*message
}

type guest struct {
	number   int
	name     string
	inbox    *subscription
	greeting *time.Timer
	history  []*message
}

type message struct {
	from *guest
	text string
	at   time.Time
}

// subscription delivers messages to one guest; done would end it.
type subscription struct {
	deliver chan *message
	done    chan struct{}
	recent  [32]*message
}

func newRoom() *room {
	return &room{guests: make(map[int]*guest), byWord: make(map[string][]*message)}
}

func (r *room) join(number int) *guest {
	joined := &guest{
		number: number, name: fmt.Sprintf("guest-%05d", number),
		inbox: subscribe(),
	}
	joined.greeting = time.AfterFunc(time.Hour, func() { r.say(joined, "still here") })
	r.guests[number] = joined
	return joined
}

func subscribe() *subscription {
	added := &subscription{deliver: make(chan *message, 4), done: make(chan struct{})}
	open.Add(added, 1)
	go added.pump()
	return added
}

// pump moves messages into the ring of recent ones until the subscription is closed.
func (s *subscription) pump() {
	for next := 0; ; next++ {
		select {
		case received := <-s.deliver:
			s.recent[next%len(s.recent)] = received
		case <-s.done:
			return
		}
	}
}

func (r *room) say(from *guest, text string) {
	said := newMessage(from, text)
	r.messages = append(r.messages, said)
	from.history = append(from.history, said)
	from.inbox.deliver <- said
	for _, word := range strings.Fields(text) {
		r.byWord[word] = append(r.byWord[word], said)
	}
	if len(r.messages)%64 == 0 {
		translate(said)
	}
}

// translate asks for a translation that nobody waits for: its goroutine can never send the answer.
func translate(said *message) {
	answer := make(chan string)
	go func() { answer <- strings.ToUpper(said.text) }()
}

func newMessage(from *guest, text string) *message {
	return &message{from: from, text: text, at: time.Now()}
}

// leave is the bug: only one guest in eight is let go. The others keep their subscription, their
// timer and their place in the table.
func (r *room) leave(gone *guest) {
	if gone.number%8 != 0 {
		return
	}
	gone.greeting.Stop()
	close(gone.inbox.done)
	open.Remove(gone.inbox)
	delete(r.guests, gone.number)
}

func sentence(random *rand.Rand) string {
	words := strings.Fields("who where what tea rain again nobody really seven often before window")
	var text strings.Builder
	for i := 2 + random.Intn(8); i > 0; i-- {
		text.WriteString(words[random.Intn(len(words))])
		text.WriteByte(' ')
	}
	return text.String()
}
