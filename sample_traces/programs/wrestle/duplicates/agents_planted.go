//go:build !fixed

package duplicates

type agents struct{}

func newAgents() agents { return agents{} }

// text returns the name of a browser as a string of its own.
func (agents) text(agent []byte) string {
	return string(agent) // planted: intern-strings
}
