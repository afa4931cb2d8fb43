// A cache with eviction: a map of values of which the oldest leave; each request makes an answer
// from what it finds, sorts it, and hashes it.
package main

import (
	"container/list"
	"crypto/sha256"
	"slices"
	"strconv"
)

type value struct {
	key  string
	rows []row
	text []byte
}

type row struct {
	number int
	word   string
}

const requests, room = 220000, 8 << 20

var caches [64]*cache

type cache struct {
	items map[string]*list.Element
	order *list.List
	size  int
	room  int
}

func (c *cache) get(r *random, key string) *value {
	if found, ok := c.items[key]; ok {
		c.order.MoveToFront(found)
		return found.Value.(*value)
	}
	added := &value{key: key, text: make([]byte, 200+r.below(2000))}
	for i := range added.text {
		added.text[i] = byte('a' + r.below(26))
	}
	for i := range 4 + r.below(20) {
		added.rows = append(added.rows, row{r.below(1000), string(added.text[i : i+8])})
	}
	c.items[key] = c.order.PushFront(added)
	for c.size += added.bytes(); c.size > c.room; {
		oldest := c.order.Remove(c.order.Back()).(*value)
		delete(c.items, oldest.key)
		c.size -= oldest.bytes()
	}
	return added
}

func (v *value) bytes() int { return len(v.text) + 32*len(v.rows) }

func main() {
	window(func(worker, workers int) {
		r := random(worker + 1)
		mine := &cache{map[string]*list.Element{}, list.New(), 0, room / workers}
		caches[worker] = mine
		for range requests / workers {
			// The lower of two: some keys are asked for more often.
			key := "key:" + strconv.Itoa(min(r.below(16000), r.below(16000)))
			found := mine.get(&r, key)
			rows := slices.Clone(found.rows)
			slices.SortFunc(rows, func(a, b row) int { return a.number - b.number })
			answer := append(make([]byte, 0, 256), found.key...)
			for _, one := range rows {
				answer = append(strconv.AppendInt(append(answer, ' '), int64(one.number), 10), one.word...)
			}
			sum := sha256.Sum256(append(answer, found.text...))
			spend(worker, int(sum[0]))
		}
	})
}
