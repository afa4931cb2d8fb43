//go:build !one_more_alloc

package index

func newHit(document int) *hit {
	return &hit{document: document}
}
