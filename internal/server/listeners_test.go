package server

import (
	"net"
	"strings"
	"testing"
)

func TestListenOnSaysWhatToDo(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for addr, want := range map[string]string{
		taken.Addr().String(): "another process listens there: stop it, or give metrics_address another port",
		"192.0.2.1:0":         "no interface of this machine has the address: give metrics_address one that it has, or a port alone such as :8443",
	} {
		ln, err := ListenOn(addr, "metrics_address")
		if err == nil {
			ln.Close()
		}
		if err == nil || !strings.HasSuffix(err.Error(), want) || !strings.HasPrefix(err.Error(), "listen on "+addr+" (metrics_address): ") {
			t.Errorf("%s: %v, want %q", addr, err, want)
		}
	}
}
