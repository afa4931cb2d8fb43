//go:build fixed

package duplicates

type agents struct {
	known map[string]string
}

func newAgents() agents { return agents{make(map[string]string, 32)} }

// text returns the name of a browser as a string that all its visits share.
func (a agents) text(agent []byte) string {
	if known, ok := a.known[string(agent)]; ok {
		return known
	}
	made := string(agent)
	a.known[made] = made
	return made
}
