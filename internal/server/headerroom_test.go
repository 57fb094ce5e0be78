package server

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"gatehouse/internal/base/plainhttp"
)

// room is small, so that few bytes fill it.
const room = 1 << 20

// headerRoomServer is a server whose listener has the room for large headers.
func headerRoomServer(t *testing.T) (*pipes, *headerListener) {
	p := newPipes()
	ln := &headerListener{Listener: p, room: room}
	srv := &http.Server{MaxHeaderBytes: maxHeaderRead, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, "hello")
	})}
	countHeaders(srv)
	go srv.Serve(ln)
	t.Cleanup(func() { srv.Close() })
	return p, ln
}

// send opens a connection, sends these parts, and keeps it open.
func (p *pipes) send(t *testing.T, parts ...string) (conn net.Conn, sent chan error) {
	ours, theirs := net.Pipe()
	p.conns <- theirs
	sent = make(chan error, 1)
	go func() {
		for _, part := range parts {
			if _, err := io.WriteString(ours, part); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	t.Cleanup(func() { ours.Close() })
	return ours, sent
}

// Thirty connections with unfinished headers take no more than the room, and
// requests of a usual size go on.
func TestUnfinishedHeadersTakeBoundedMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, ln := headerRoomServer(t)
		ended := 0
		var conns []net.Conn
		for range 30 {
			conn, sent := p.send(t, "GET / HTTP/1.1\r\nHost: x\r\nCookie: ", strings.Repeat("c", maxHeader+100<<10))
			conns = append(conns, conn)
			if <-sent != nil {
				ended++
			}
		}
		synctest.Wait()
		if taken := ln.taken.Load(); taken > room || ended < 15 || ended == 30 {
			t.Errorf("%d bytes of large headers are in memory, want at most %d; %d of 30 connections were ended", taken, room, ended)
		}
		wantStatus(t, "a usual request meanwhile", p.get("/"), 200)
		for _, c := range conns {
			c.Close()
		}
		synctest.Wait()
		if left := ln.taken.Load(); left != 0 {
			t.Errorf("after the connections ended, %d bytes still count", left)
		}
	})
}

// A body is no header, nor are the requests of a connection together.
func TestBodiesTakeNoRoomOfHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, ln := headerRoomServer(t)
		request := "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n"
		body := strings.Repeat("b", 1<<20)
		conn, sent := p.send(t, request, body, request, body, request, body, request, body)
		go io.Copy(io.Discard, conn)
		if err := <-sent; err != nil {
			t.Errorf("4 MiB of bodies on one connection: %v", err)
		}
		synctest.Wait()
		if got := ln.taken.Load(); got != 0 {
			t.Errorf("bodies count as headers: %d bytes", got)
		}
		large := "GET / HTTP/1.1\r\nHost: x\r\nCookie: " + strings.Repeat("c", maxHeader+100<<10) + "\r\n\r\n"
		conn, sent = p.send(t, strings.Split(strings.Repeat(large+"\x00", 20), "\x00")...)
		go io.Copy(io.Discard, conn)
		if err := <-sent; err != nil {
			t.Errorf("20 large headers one after the other: %v", err)
		}
		synctest.Wait()
		if got := ln.taken.Load(); got != 0 {
			t.Errorf("finished headers count: %d bytes", got)
		}
	})
}

// A connection that serves many requests, on whichever road, takes no room in the end.
func TestRequestsOneAfterTheOtherTakeNoRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		ln := &headerListener{Listener: p, room: room}
		srv := &http.Server{MaxHeaderBytes: maxHeaderRead, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
		countHeaders(srv)
		short := plainhttp.New(srv)
		go short.Serve(ln)
		t.Cleanup(func() { short.Close() })
		conn, _ := p.send(t)
		r := bufio.NewReader(conn)
		usual := "GET / HTTP/1.1\r\nHost: x\r\nCookie: " + strings.Repeat("c", 3<<10) + "\r\n\r\n"
		large := "GET / HTTP/1.1\r\nHost: x\r\nCookie: " + strings.Repeat("c", maxHeader+100<<10) + "\r\n\r\n"
		for _, request := range append(slices.Repeat([]string{usual}, 2*room/len(usual)), large, usual, usual) {
			go io.WriteString(conn, request)
			resp, err := http.ReadResponse(r, nil)
			if err != nil || resp.StatusCode != http.StatusOK {
				t.Fatalf("got %v (%v), want 200", resp, err)
			}
		}
		synctest.Wait()
		if taken := ln.taken.Load(); taken != 0 {
			t.Errorf("%d bytes count as large headers, want none", taken)
		}
	})
}
