// Package lru is a bounded map that forgets the entry used longest ago.
package lru

import "sync"

// Cache maps K to V and holds at most capacity entries. It is safe for concurrent use.
type Cache[K comparable, V any] struct {
	mu       sync.Mutex
	capacity int
	entries  map[K]*entry[K, V]
	root     entry[K, V]
	evicted  int
}

type entry[K comparable, V any] struct {
	key        K
	value      V
	prev, next *entry[K, V]
}

// New returns an empty cache.
func New[K comparable, V any](capacity int) *Cache[K, V] {
	cache := &Cache[K, V]{capacity: capacity, entries: make(map[K]*entry[K, V])}
	cache.root.prev, cache.root.next = &cache.root, &cache.root
	return cache
}

// Get returns the value of key and marks it as just used.
func (c *Cache[K, V]) Get(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.entries[key]
	if !ok {
		var zero V
		return zero, false
	}
	found.unlink()
	c.pushFront(found)
	return found.value, true
}

// Put stores a value and evicts the oldest entries beyond the capacity.
func (c *Cache[K, V]) Put(key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if found, ok := c.entries[key]; ok {
		found.value = value
		found.unlink()
		c.pushFront(found)
		return
	}
	added := newEntry(key, value)
	c.entries[key] = added
	c.pushFront(added)
	for len(c.entries) > c.capacity {
		c.evict()
	}
}

// Len returns the number of entries.
func (c *Cache[K, V]) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.entries)
}

// Evicted returns how many entries were dropped for lack of room.
func (c *Cache[K, V]) Evicted() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.evicted
}

func (c *Cache[K, V]) evict() {
	oldest := c.root.prev
	oldest.unlink()
	delete(c.entries, oldest.key)
	c.evicted++
}

func newEntry[K comparable, V any](key K, value V) *entry[K, V] {
	return &entry[K, V]{key: key, value: value}
}

func (c *Cache[K, V]) pushFront(e *entry[K, V]) {
	e.prev, e.next = &c.root, c.root.next
	e.prev.next, e.next.prev = e, e
}

func (e *entry[K, V]) unlink() {
	e.prev.next, e.next.prev = e.next, e.prev
}
