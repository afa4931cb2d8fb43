// The same 300,000 operations in every version: objects of fixed sizes that live for fixed times.
package main

type pair struct{ left, right *pair }

var ring [4096]any

func main() {
	record(func() {
		for i := range 300000 {
			var made any
			switch i % 8 {
			case 0:
				made = new([16]byte)
			case 1:
				made = new([64]byte)
			case 2:
				made = &pair{}
			case 3:
				made = new([40]*pair)
			case 4:
				made = new([200]byte)
			case 5:
				made = new([100]*pair)
			case 6:
				made = new([1500]byte)
			default:
				made = new(uint32)
			}
			ring[(i*7)%len(ring)] = made
		}
	})
}
