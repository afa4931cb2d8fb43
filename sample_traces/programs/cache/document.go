package main

import (
	"bytes"
	"crypto/sha1"
	"math/rand"
	"strconv"
	"strings"
)

const pageTemplate = `<h1>{{.Title}}</h1>{{range .Paragraphs}}<p>{{.}}</p>{{end}}<i>{{printf "%x" .Digest}}</i>`

// document is a tree of sections with some text and a preview.
type document struct {
	id      int
	title   string
	top     *section
	body    []byte
	digest  []byte
	preview []byte
	page    string
}

type section struct {
	heading  string
	words    []string
	sections []*section
}

func newDocument(id int) *document {
	random := rand.New(rand.NewSource(int64(id)))
	made := &document{id: id, title: "document " + strconv.Itoa(id)}
	made.top = writeSection(random, "1", 3)
	made.body = flatten(made.top)
	made.digest = digest(made.body)
	made.preview = drawPreview(random, id)
	return made
}

func writeSection(random *rand.Rand, heading string, depth int) *section {
	written := &section{heading: heading, words: writeWords(random)}
	if depth == 0 {
		return written
	}
	for i := random.Intn(3); i > 0; i-- {
		below := writeSection(random, heading+"."+strconv.Itoa(i), depth-1)
		written.sections = append(written.sections, below)
	}
	return written
}

func writeWords(random *rand.Rand) []string {
	words := make([]string, 3+random.Intn(20))
	for i := range words {
		words[i] = vocabulary[random.Intn(len(vocabulary))]
	}
	return words
}

var vocabulary = strings.Fields("a river of small stones and one green boat under the long bridge")

// flatten joins the text of all sections.
func flatten(top *section) []byte {
	var text bytes.Buffer
	top.writeTo(&text)
	return text.Bytes()
}

func (s *section) writeTo(text *bytes.Buffer) {
	text.WriteString(s.heading)
	text.WriteByte(' ')
	text.WriteString(strings.Join(s.words, " "))
	for _, below := range s.sections {
		below.writeTo(text)
	}
}

func digest(body []byte) []byte {
	sum := sha1.Sum(body)
	return sum[:]
}

// drawPreview returns a picture of 1 to 6 KiB, and for one document in 200 a large one.
func drawPreview(random *rand.Rand, id int) []byte {
	if id%200 == 199 {
		return make([]byte, 48<<10+random.Intn(96<<10))
	}
	return make([]byte, 1<<10+random.Intn(5<<10))
}

func (l *library) renderPage(of *document) string {
	var page bytes.Buffer
	err := l.template.Execute(&page, map[string]any{
		"Title": of.title, "Paragraphs": of.top.paragraphs(nil), "Digest": of.digest,
	})
	if err != nil {
		panic(err)
	}
	return page.String()
}

func (s *section) paragraphs(found []string) []string {
	found = append(found, s.heading+" "+strings.Join(s.words, " "))
	for _, below := range s.sections {
		found = below.paragraphs(found)
	}
	return found
}
