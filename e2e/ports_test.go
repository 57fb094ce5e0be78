package e2e

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
)

// ports holds the ports that this run has already used.
var ports struct {
	sync.Mutex
	given map[int]bool
}

// freePort returns a loopback port on which no process listens. The port is
// outside the range that the kernel uses for outgoing connections. Therefore it
// stays free until a process of the scenario listens on it, and after that
// process is killed.
func freePort(t *testing.T) int {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	if ports.given == nil {
		ports.given = map[int]bool{}
	}
	for range 200 {
		port := 10240 + rand.IntN(20000)
		if ports.given[port] {
			continue
		}
		ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		ln.Close()
		ports.given[port] = true
		return port
	}
	t.Fatal("no free port was found")
	return 0
}
