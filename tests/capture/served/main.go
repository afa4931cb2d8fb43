// Command served is the sample shop with the handlers of net/http/pprof beside it, and customers
// of its own. It prints the address of the handlers and serves until it is ended.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	_ "net/http/pprof"
	"runtime"
	"time"

	"samples/shop"
)

func main() {
	runtime.MemProfileRate = 4096
	runtime.SetBlockProfileRate(1000)
	runtime.SetMutexProfileFraction(1)
	server := shop.New(500)
	base := server.Listen()
	for i := 0; i < 2; i++ {
		go buy(base, i)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("http://%s\n", listener.Addr())
	panic(http.Serve(listener, nil))
}

func buy(base string, number int) {
	for i := 0; ; i++ {
		url := fmt.Sprintf("%s/search?q=copper+lamp&page=%d", base, (number+i)%5)
		response, err := http.Get(url)
		if err != nil {
			panic(err)
		}
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
		time.Sleep(3 * time.Millisecond)
	}
}
