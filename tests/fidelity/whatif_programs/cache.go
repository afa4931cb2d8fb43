// A cache with eviction: a map of values of which the oldest leave, and requests that make garbage.
package main

import "container/list"

type item struct {
	key   uint64
	value []byte
}

const requests, room = 900000, 8 << 20

var caches [64]*cache

type cache struct {
	items map[uint64]*list.Element
	order *list.List
	size  int
	room  int
}

func (c *cache) get(r *random, key uint64) []byte {
	if found, ok := c.items[key]; ok {
		c.order.MoveToFront(found)
		return found.Value.(*item).value
	}
	added := &item{key, make([]byte, 100+r.below(2400))}
	c.items[key] = c.order.PushFront(added)
	for c.size += len(added.value); c.size > c.room; {
		oldest := c.order.Remove(c.order.Back()).(*item)
		delete(c.items, oldest.key)
		c.size -= len(oldest.value)
	}
	return added.value
}

func main() {
	window(func(worker, workers int) {
		r := random(worker + 1)
		mine := &cache{map[uint64]*list.Element{}, list.New(), 0, room / workers}
		caches[worker] = mine
		for range requests / workers {
			// The lower of two: some keys are asked for more often.
			key := min(r.below(60000), r.below(60000))
			value := mine.get(&r, uint64(key))
			answer := make([]byte, 0, 64)
			answer = append(answer, value[:64]...)
			answer = append(answer, byte(len(answer)))
			_ = string(answer)
			spend(worker, 800)
		}
	})
}
