//go:build !fixed

package queries

import "strings"

func (q Query) prepare(*strings.Builder) {}
