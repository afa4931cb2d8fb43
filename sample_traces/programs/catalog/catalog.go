// Package catalog holds the products of an invented shop: a tree of categories and a word index.
package catalog

import (
	"cmp"
	"fmt"
	"math/rand"
	"slices"
	"strings"
)

// Product is one article of the shop.
type Product struct {
	ID         int               `json:"id"`
	Title      string            `json:"title"`
	Cents      int64             `json:"cents"`
	Tags       []string          `json:"tags,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Stock      *int              `json:"stock,omitempty"`
}

// Category is a node of the category tree.
type Category struct {
	Name     string
	Children []*Category
	Products []*Product
}

// View is the part of the category tree a client sees.
type View struct {
	Name     string  `json:"name"`
	Count    int     `json:"count"`
	Path     string  `json:"path"`
	Children []*View `json:"children,omitempty"`
}

// Catalog is all products, by id, by category and by word.
type Catalog struct {
	Root     *Category
	products []*Product
	index    map[string][]int32
}

var (
	adjectives = strings.Fields("amber brisk coarse dense early faint gentle hollow ivory jolly keen light")
	nouns      = strings.Fields("anchor basket candle drawer easel funnel goblet hammer inkwell jar kettle lamp")
	materials  = strings.Fields("ash brass copper denim enamel felt glass hemp iron jute")
)

// Build makes up a catalogue of the given number of products; the same seed gives the same one.
func Build(seed int64, count int) *Catalog {
	random := rand.New(rand.NewSource(seed))
	catalog := &Catalog{index: make(map[string][]int32)}
	catalog.Root = buildTree(random, "shop", 4)
	leaves := catalog.Root.leaves(nil)
	for id := 0; id < count; id++ {
		product := newProduct(random, id)
		leaf := leaves[random.Intn(len(leaves))]
		leaf.Products = append(leaf.Products, product)
		catalog.products = append(catalog.products, product)
		catalog.indexWords(product)
	}
	return catalog
}

func buildTree(random *rand.Rand, name string, depth int) *Category {
	category := &Category{Name: name}
	if depth == 0 {
		return category
	}
	for i := 0; i < 3; i++ {
		child := fmt.Sprintf("%s-%d", nouns[random.Intn(len(nouns))], i)
		category.Children = append(category.Children, buildTree(random, child, depth-1))
	}
	return category
}

func (c *Category) leaves(found []*Category) []*Category {
	if len(c.Children) == 0 {
		return append(found, c)
	}
	for _, child := range c.Children {
		found = child.leaves(found)
	}
	return found
}

func newProduct(random *rand.Rand, id int) *Product {
	product := &Product{ID: id, Title: title(random, id), Cents: 100 + random.Int63n(90_000)}
	for i := random.Intn(6); i > 0; i-- {
		product.Tags = append(product.Tags, pick(random, materials))
	}
	if id%3 == 0 {
		product.Attributes = attributes(random)
	}
	if id%2 == 0 {
		product.Stock = stock(random)
	}
	return product
}

func title(random *rand.Rand, id int) string {
	return fmt.Sprintf("%s %s %s no. %d",
		pick(random, adjectives), pick(random, materials), pick(random, nouns), id)
}

func attributes(random *rand.Rand) map[string]string {
	return map[string]string{
		"material": pick(random, materials),
		"size":     fmt.Sprintf("%d cm", 5+random.Intn(200)),
	}
}

func stock(random *rand.Rand) *int {
	left := random.Intn(500)
	return &left
}

func pick[T any](random *rand.Rand, from []T) T {
	return from[random.Intn(len(from))]
}

func (c *Catalog) indexWords(product *Product) {
	for _, word := range strings.Fields(product.Title) {
		c.index[word] = append(c.index[word], int32(product.ID))
	}
	for _, tag := range product.Tags {
		c.index[tag] = append(c.index[tag], int32(product.ID))
	}
}

// Product returns the product of an id, or nil.
func (c *Catalog) Product(id int) *Product {
	if id < 0 || id >= len(c.products) {
		return nil
	}
	return c.products[id]
}

// Len returns the number of products.
func (c *Catalog) Len() int { return len(c.products) }

// Search returns one page of the products that match a query, best first.
func (c *Catalog) Search(query string, page, length int) []*Product {
	rarest, others := c.postings(Tokens(query))
	hits := rank(rarest, others)
	first := min(page*length, len(hits))
	return c.resolve(hits[first:min(first+length, len(hits))])
}

// postings returns the shortest list of products of any of the words, and the other lists.
func (c *Catalog) postings(words []string) (rarest []int32, others [][]int32) {
	for _, word := range words {
		found := c.index[word]
		if rarest == nil || len(found) < len(rarest) {
			rarest, found = found, rarest
		}
		others = append(others, found)
	}
	return rarest, others
}

// Tokens splits a query into lower-case words.
func Tokens(query string) []string {
	return strings.FieldsFunc(strings.ToLower(query), isSeparator)
}

func isSeparator(r rune) bool { return r == ' ' || r == '+' || r == ',' }

type hit struct {
	id    int32
	score int
}

// rank scores every product of the rarest word by the other words it has as well.
func rank(rarest []int32, others [][]int32) []hit {
	var hits []hit
	for _, id := range slices.Compact(slices.Clone(rarest)) {
		scored := hit{id: id}
		for _, list := range others {
			if _, ok := slices.BinarySearch(list, id); ok {
				scored.score++
			}
		}
		hits = append(hits, scored)
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(b.score, a.score) })
	return hits
}

func (c *Catalog) resolve(hits []hit) []*Product {
	found := make([]*Product, len(hits))
	for i := range found {
		found[i] = c.products[hits[i].id]
	}
	return found
}

// Tree copies the category tree for a client, adding up the products of every branch.
func (c *Category) Tree(parent string) *View {
	view := &View{Name: c.Name, Path: parent + "/" + c.Name, Count: len(c.Products)}
	for _, child := range c.Children {
		below := child.Tree(view.Path)
		view.Count += below.Count
		view.Children = append(view.Children, below)
	}
	return view
}
