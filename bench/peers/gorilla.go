// What ws-demo does, with gorilla/websocket: two goroutines a peer.
//
//	gorilla PORT
package main

import (
	"fmt"
	"log"
	"math/rand"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

func serve(w http.ResponseWriter, r *http.Request) {
	connection, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer connection.Close()
	var writing sync.Mutex // one writer at a time is all it allows
	write := func(kind int, message []byte) error {
		writing.Lock()
		defer writing.Unlock()
		return connection.WriteMessage(kind, message)
	}
	done := make(chan struct{})
	defer close(done)
	go func() {
		ticker := time.NewTicker(time.Second)
		defer ticker.Stop()
		for {
			event := fmt.Sprintf(`{"topic":"random","payload":{"num":%d,"message":"Hello, world!"}}`, rand.Uint32())
			if write(websocket.TextMessage, []byte(event)) != nil {
				return
			}
			select {
			case <-ticker.C:
			case <-done:
				return
			}
		}
	}()
	for {
		kind, message, err := connection.ReadMessage()
		if err != nil || write(kind, message) != nil {
			return
		}
	}
}

func main() {
	http.HandleFunc("/", serve)
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
