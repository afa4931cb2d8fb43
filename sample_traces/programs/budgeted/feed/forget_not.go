//go:build goroutine_leak

package feed

// forget starts somebody who waits for a message that never comes: one goroutine leaks.
func forget(f *Feed) {
	never := make(chan string)
	f.done.Add(1)
	go f.listen(never, func(string) {})
}
