package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"

	"samples/shop"
)

// load sends requests to the service from a fixed number of clients.
type load struct {
	base    string
	clients []*client
}

type client struct {
	http   *http.Client
	base   string
	random *rand.Rand
}

func newLoad(base string, clients int) *load {
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	all := &load{base: base}
	for i := 0; i < clients; i++ {
		all.clients = append(all.clients, &client{
			http:   &http.Client{Transport: transport},
			base:   base,
			random: rand.New(rand.NewSource(int64(100 + i))),
		})
	}
	return all
}

// run shares the requests among the clients and waits for the last answer.
func (l *load) run(requests int) {
	var done sync.WaitGroup
	for i, each := range l.clients {
		done.Add(1)
		go func(number int, each *client) {
			defer done.Done()
			labels := pprof.Labels("client", strconv.Itoa(number))
			pprof.Do(context.Background(), labels, func(context.Context) {
				each.send(requests / len(l.clients))
			})
		}(i, each)
	}
	done.Wait()
}

func (c *client) send(requests int) {
	for i := 0; i < requests; i++ {
		if err := c.do(c.next()); err != nil {
			panic(err)
		}
	}
}

func (c *client) do(request *http.Request) error {
	request.Header.Set("Customer", c.customer())
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	_, err = drain(response.Body)
	return err
}

func (c *client) customer() string { return fmt.Sprintf("customer-%04d", c.random.Intn(1500)) }

// next makes up a request: mostly searches and orders, now and then something heavy.
func (c *client) next() *http.Request {
	switch dice := c.random.Intn(100); {
	case dice < 50:
		return c.get("/search?q=" + c.query())
	case dice < 80:
		return c.postOrder()
	case dice < 88:
		return c.get("/thumbnail?id=" + strconv.Itoa(c.random.Intn(400)))
	case dice < 97:
		return c.get("/tree")
	default:
		return c.get("/report")
	}
}

func (c *client) get(path string) *http.Request {
	request, err := http.NewRequest(http.MethodGet, c.base+path, nil)
	if err != nil {
		panic(err)
	}
	return request
}

func (c *client) query() string {
	words := []string{"copper", "brisk", "lamp", "felt", "ivory", "kettle", "goblet", "glass", "hollow"}
	return fmt.Sprintf("%s+%s&page=%d",
		words[c.random.Intn(len(words))], words[c.random.Intn(len(words))], c.random.Intn(20))
}

func (c *client) postOrder() *http.Request {
	placed := shop.Order{Customer: c.customer(), Note: strings.Repeat("please ring ", c.random.Intn(20))}
	for i := c.random.Intn(12); i >= 0; i-- {
		placed.Lines = append(placed.Lines, shop.Line{Product: c.random.Intn(products), Quantity: 1 + c.random.Intn(3)})
	}
	body, err := json.Marshal(placed)
	if err != nil {
		panic(err)
	}
	request, err := http.NewRequest(http.MethodPost, c.base+"/order", bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	return request
}

// drain reads a response to its end so that the connection can be used again.
func drain(body io.ReadCloser) (int64, error) {
	defer body.Close()
	return io.Copy(io.Discard, body)
}
