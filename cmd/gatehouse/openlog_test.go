package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/telemetry"
)

// An application that sends more than an answer does not write into the log.
func TestWhatNetHTTPReportsGoesThroughTheLog(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		r := bufio.NewReader(conn)
		if _, err := http.ReadRequest(r); err == nil {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok, secret") // a client that has gone has its answer
			_, _ = io.Copy(io.Discard, r)
		}
	}()
	flags := log.Flags()
	defer func() { log.SetFlags(flags); log.SetOutput(os.Stderr) }()
	read, write := io.Pipe()
	_, queue, err := openLog(write, "debug", telemetry.Auto)
	if err != nil {
		t.Fatal(err)
	}
	defer queue.Close()
	defer read.Close() // first: nobody reads what the queue has left

	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequest("GET", "http://"+ln.Addr().String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	stuck := time.AfterFunc(time.Minute, func() { read.CloseWithError(errors.New("nothing was reported")) })
	defer stuck.Stop()
	line, err := bufio.NewReader(read).ReadString('\n')
	var facts map[string]string
	if err != nil || json.Unmarshal([]byte(line), &facts) != nil || facts["level"] != "DEBUG" || facts["text"] == "" || strings.Contains(line, "secret") {
		t.Errorf("got %q, %v; want a line of JSON for debugging, without what the application sent", line, err)
	}
}
